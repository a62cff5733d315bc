# Completion of llmcli for fish. Written by `llmcli completion show --shell fish` from the commands themselves: do not
# edit. No program is started to complete, but for names: models, profiles, sessions and the like.

# What stands before the cursor: the command into __llmcli_node, the options without dashes into __llmcli_given, those
# without the last word's into __llmcli_before, and whether there are other words into __llmcli_beyond. Asked for every
# option, so that the answer is kept.
function __llmcli_look
    set -l words (commandline -opc)
    test "$words" = "$__llmcli_words"; and return
    set -g __llmcli_words $words
    set -g __llmcli_node
    set -g __llmcli_given
    set -g __llmcli_before
    set -g __llmcli_beyond
    set -e words[1]
    for word in $words
        set __llmcli_before $__llmcli_given
        switch $word
            case --
                set __llmcli_beyond yes
                break
            case '--*'
                set -a __llmcli_given (string replace -r -- '^--([^=]*).*' '$1' $word)
            case '-*'
                set -a __llmcli_given (string split '' -- (string sub -s 2 -- $word))
            case '*'
                set -l next (string join ' ' -- $__llmcli_node $word)
                if test -z "$__llmcli_beyond"; and contains -- $next $__llmcli_commands
                    set __llmcli_node $next
                    set __llmcli_given
                else
                    set __llmcli_beyond yes
                end
        end
    end
end

# Whether the command before the cursor is one of $argv.
function __llmcli_at
    __llmcli_look
    contains -- "$__llmcli_node" $argv
end

# The same, and nothing but options has followed it.
function __llmcli_first
    __llmcli_at $argv; and test -z "$__llmcli_beyond"
end

# The same as __llmcli_at, and the option, whose names stand in $argv[1], was not given yet.
function __llmcli_flag
    __llmcli_at $argv[2..]; and __llmcli_without $argv[1] $__llmcli_given
end

# The same for an option that takes a value, which may be what comes next.
function __llmcli_option
    __llmcli_at $argv[2..]; and __llmcli_without $argv[1] $__llmcli_before
end

function __llmcli_without
    for name in (string split ' ' -- $argv[1])
        contains -- $name $argv[2..]; and return 1
    end
    return 0
end

# What is being typed of a value, also behind `--option=`.
function __llmcli_value
    string replace -r -- '^--[^=]*=' '' (commandline -ct)
end

function __llmcli_names
    command -q llmcli; and command llmcli completion values $argv 2>/dev/null </dev/null
end

# Those of $argv that are not chosen yet, behind those that are.
function __llmcli_list
    set -l chosen (string split , -- (__llmcli_value | string replace -ra '[\'"]' ''))
    set -e chosen[-1]
    for word in $argv
        contains -- $word $chosen; or string join , -- $chosen $word
    end
end

function __llmcli_paths
    complete -C "__fish_command_without_completions $argv"
end

# Directories, and files that end in one of $argv; if there are none, any file.
function __llmcli_files
    set -l paths (__llmcli_paths (__llmcli_value))
    set -l fitting (string match -r -- '^[^\t]*/(?:\t.*)?$' $paths)
    for ending in $argv
        set -a fitting (string match -r -- '^[^\t]*'(string escape --style=regex -- $ending)'(?:\t.*)?$' $paths)
    end
    if set -q fitting[1]
        printf '%s\n' $fitting
    else
        printf '%s\n' $paths
    end
end

function __llmcli_after_at
    set -l value (__llmcli_value)
    string match -q -- '@*' $value; or return
    for path in (__llmcli_paths (string sub -s 2 -- $value))
        printf '@%s\n' $path
    end
end

complete -c llmcli -f
#@commands@
#@options@
#@arguments@
