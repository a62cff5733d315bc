#compdef llmcli
# Completion of llmcli for zsh. Written by `llmcli completion show --shell zsh` from the commands themselves: do not
# edit. No program is started to complete, but for names: models, profiles, sessions and the like.

# The commands below the command $1, into `subcommands`.
_llmcli_commands() {
    subcommands=()
    case $1 in
        #@commands@
    esac
}

# What the command $1 takes, into `specs`, as _arguments wants it.
_llmcli_specs() {
    #@specs@
    case $1 in
        #@arguments@
    esac
}

_llmcli_subcommands() {
    _describe -t commands 'llmcli command' subcommands
}

# What stands before the line's tab is a name, what stands behind it is said of the name; NAME/ is gone on with.
_llmcli_names() {
    local line name
    local -a found open
    (( $+commands[llmcli] )) || return 1
    for line in ${(f)"$(command llmcli completion values $1 2>/dev/null </dev/null)"}; do
        name=${${line%%$'\t'*}//:/\\:}
        [[ $line == *$'\t'* ]] && line=$name:${line#*$'\t'} || line=$name
        if [[ $name == */ ]]; then open+=("$line"); else found+=("$line"); fi
    done
    _describe -t $1 $1 found -- open -S ''
}

_llmcli_after_at() {
    if compset -P @; then _files; else _message 'text, or @ and a file'; fi
}

_llmcli() {
    local node='' word
    local -a specs subcommands names
    local -i at=1 i
    _llmcli_commands ''
    for ((i = 2; i < CURRENT; i++)); do
        word=$words[i]
        [[ $word == -* ]] && continue
        names=(${subcommands%%:*})
        (( ${names[(Ie)$word]} )) || break
        node=${node:+$node }$word at=i
        _llmcli_commands $node
    done
    # The words that name the command are one to _arguments.
    words=("${(@)words[at,-1]}")
    (( CURRENT -= at - 1 ))
    _llmcli_specs $node
    _arguments -s -S : $specs
}

if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    _llmcli "$@"
else
    (( $+functions[compdef] )) || { autoload -Uz compinit && compinit -i; }
    compdef _llmcli llmcli
fi
