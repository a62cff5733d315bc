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
set -g __llmcli_commands ask stream chat extract count-tokens models doctor batch 'batch run' 'batch status' cost 'cost estimate' 'cost prices' 'cost report' 'cost log' 'cost prune' config 'config show' 'config path' 'config init' 'config trust' sim 'sim serve' completion 'completion show' 'completion install'
complete -c llmcli -n '__llmcli_first \'\'' -a ask -d 'One prompt in, one complete answer out.'
complete -c llmcli -n '__llmcli_first \'\'' -a stream -d 'One prompt in, the answer out as it is written.'
complete -c llmcli -n '__llmcli_first \'\'' -a chat -d 'A conversation at a terminal, or one turn a line in a pipe.'
complete -c llmcli -n '__llmcli_first \'\'' -a extract -d 'Text in, data that fits a schema out, or nothing.'
complete -c llmcli -n '__llmcli_first \'\'' -a count-tokens -d 'How many tokens a request would be, before it is paid for.'
complete -c llmcli -n '__llmcli_first \'\'' -a models -d 'The models that can be named, with window and prices.'
complete -c llmcli -n '__llmcli_first \'\'' -a doctor -d 'What is not as it should be, and what mends it.'
complete -c llmcli -n '__llmcli_first \'\'' -a batch -d 'Many prompts in, one result line each, resumable.'
complete -c llmcli -n '__llmcli_first \'\'' -a cost -d 'What calls will cost, and did; by itself, what is left.'
complete -c llmcli -n '__llmcli_first \'\'' -a config -d 'Where settings come from: show, path, init, trust.'
complete -c llmcli -n '__llmcli_first \'\'' -a sim -d 'The offline simulator of both vendors\' APIs.'
complete -c llmcli -n '__llmcli_first \'\'' -a completion -d 'TAB in bash, zsh and fish: show, install.'
complete -c llmcli -n '__llmcli_first batch' -a run -d 'Many prompts in, one result line each, resumable.'
complete -c llmcli -n '__llmcli_first batch' -a status -d 'How far a job is, running or stopped.'
complete -c llmcli -n '__llmcli_first cost' -a estimate -d 'What calls will cost, with one model or several.'
complete -c llmcli -n '__llmcli_first cost' -a prices -d 'The prices in use, and which models have none.'
complete -c llmcli -n '__llmcli_first cost' -a report -d 'The ledger added up: calls, failures, tokens, dollars, latency.'
complete -c llmcli -n '__llmcli_first cost' -a log -d 'The attempts in the ledger, oldest first, as JSON lines.'
complete -c llmcli -n '__llmcli_first cost' -a prune -d 'Delete old attempts; budgets get nothing back.'
complete -c llmcli -n '__llmcli_first config' -a show -d 'The settings in force, keys masked.'
complete -c llmcli -n '__llmcli_first config' -a path -d 'The configuration files of this directory, and which of them exist.'
complete -c llmcli -n '__llmcli_first config' -a init -d 'Write a commented user configuration, unless there is one.'
complete -c llmcli -n '__llmcli_first config' -a trust -d 'Let a project\'s llmcli.toml or .env, as it is now, direct keys.'
complete -c llmcli -n '__llmcli_first sim' -a serve -d 'Speak the Anthropic and OpenAI protocols on 127.0.0.1.'
complete -c llmcli -n '__llmcli_first completion' -a show -d 'Print the completion script of your shell.'
complete -c llmcli -n '__llmcli_first completion' -a install -d 'Write the completion script where your shell looks for it.'
complete -c llmcli -n '__llmcli_flag version \'\'' -l version -d 'Print the version.'
complete -c llmcli -n '__llmcli_flag \'h help\' \'\' ask stream chat extract count-tokens models doctor batch \'batch run\' \'batch status\' cost \'cost estimate\' \'cost prices\' \'cost report\' \'cost log\' \'cost prune\' config \'config show\' \'config path\' \'config init\' \'config trust\' sim \'sim serve\' completion \'completion show\' \'completion install\'' -s h -l help -d 'Show this message and exit.'
complete -c llmcli -n '__llmcli_at ask stream chat extract count-tokens batch \'batch run\' \'cost estimate\'' -s f -l file -r -F -d 'Attach text, image or PDF; - is stdin.'
complete -c llmcli -n '__llmcli_option \'s system\' ask stream chat extract count-tokens batch \'batch run\' \'cost estimate\'' -s s -l system -x -a '(__llmcli_after_at)' -d 'System text; @@ for a leading @.'
complete -c llmcli -n '__llmcli_flag by-url ask stream chat extract count-tokens batch \'batch run\' \'cost estimate\'' -l by-url -d 'Send the URLs of images, not their bytes.'
complete -c llmcli -n '__llmcli_option image-max-px ask stream chat extract count-tokens batch \'batch run\' \'cost estimate\'' -l image-max-px -x -d 'Downsize larger images.'
complete -c llmcli -n '__llmcli_option redact ask stream chat extract count-tokens batch \'batch run\' \'cost estimate\'' -l redact -x -a '(__llmcli_list email phone card iban ip secret all)' -d 'Hide email,phone,card,iban,ip,secret or all.'
complete -c llmcli -n '__llmcli_option max-input-tokens ask stream chat extract count-tokens batch \'batch run\' \'cost estimate\'' -l max-input-tokens -x -d 'Most tokens of input.'
complete -c llmcli -n '__llmcli_option on-overflow ask stream chat extract count-tokens batch \'batch run\' \'cost estimate\'' -l on-overflow -x -a 'fail head tail middle' -d 'What to keep of more.'
complete -c llmcli -n '__llmcli_option stdin ask stream chat extract count-tokens \'cost estimate\'' -l stdin -x -a 'auto require never' -d 'Whether stdin is read.'
complete -c llmcli -n '__llmcli_flag \'n no-stdin\' ask stream chat extract count-tokens \'cost estimate\'' -s n -l no-stdin -d 'Do not read stdin: for `while read` loops.'
complete -c llmcli -n '__llmcli_option stdin-as ask stream chat extract count-tokens \'cost estimate\'' -l stdin-as -x -a 'append prepend fence' -d 'Where stdin goes in the prompt.'
complete -c llmcli -n '__llmcli_flag redact-report ask stream chat extract count-tokens \'cost estimate\'' -l redact-report -d 'Count on stderr what was hidden.'
complete -c llmcli -n '__llmcli_flag redact-only ask stream chat extract count-tokens \'cost estimate\'' -l redact-only -d 'Print what would be sent; send nothing.'
complete -c llmcli -n '__llmcli_option \'m model\' ask stream chat extract doctor batch \'batch run\'' -s m -l model -x -a '(__llmcli_names models)' -d 'See llmcli models.'
complete -c llmcli -n '__llmcli_option max-tokens ask stream chat extract count-tokens batch \'batch run\'' -l max-tokens -x -d 'Most tokens of an answer [4096].'
complete -c llmcli -n '__llmcli_option temperature ask stream chat extract count-tokens batch \'batch run\'' -l temperature -x -d 'Sent only if given.'
complete -c llmcli -n '__llmcli_option top-p ask stream chat extract count-tokens batch \'batch run\'' -l top-p -x -d 'Sent only if given.'
complete -c llmcli -n '__llmcli_option top-k ask stream chat extract count-tokens batch \'batch run\'' -l top-k -x -d 'Sent only if given.'
complete -c llmcli -n '__llmcli_at ask stream chat extract count-tokens batch \'batch run\'' -l stop -x -d 'Stop before TEXT.'
complete -c llmcli -n '__llmcli_option seed ask stream chat extract count-tokens batch \'batch run\'' -l seed -x -d 'For repeatable sampling, where there is one.'
complete -c llmcli -n '__llmcli_option effort ask stream chat extract count-tokens batch \'batch run\'' -l effort -x -a 'none minimal low medium high xhigh max' -d 'How hard to think.'
complete -c llmcli -n '__llmcli_option thinking-budget ask stream chat extract count-tokens batch \'batch run\'' -l thinking-budget -x -d 'Most tokens to think with, at least 1024.'
complete -c llmcli -n '__llmcli_flag show-reasoning ask stream chat extract count-tokens batch \'batch run\'' -l show-reasoning -d 'Print the reasoning on stderr.'
complete -c llmcli -n '__llmcli_option cache ask stream chat extract count-tokens batch \'batch run\'' -l cache -x -a '5m 1h' -d 'Have system text and files cached so long.'
complete -c llmcli -n '__llmcli_flag json-object ask stream chat extract count-tokens batch \'batch run\'' -l json-object -d 'Ask for a JSON object, and check it.'
complete -c llmcli -n '__llmcli_option user-id ask stream chat extract count-tokens batch \'batch run\'' -l user-id -x -d 'Your user, for the provider\'s abuse checks.'
complete -c llmcli -n '__llmcli_option service-tier ask stream chat extract count-tokens batch \'batch run\'' -l service-tier -x -d 'As the provider names it.'
complete -c llmcli -n '__llmcli_at ask stream chat extract count-tokens batch \'batch run\'' -l option -x -d 'Any other parameter of its API.'
complete -c llmcli -n '__llmcli_at ask stream chat extract count-tokens batch \'batch run\'' -l header -x -d 'Any HTTP header.'
complete -c llmcli -n '__llmcli_option timeout ask stream chat extract count-tokens batch \'batch run\'' -l timeout -x -d 'Longest for one attempt: 30, 200ms, 2m.'
complete -c llmcli -n '__llmcli_option idle-timeout ask stream chat extract count-tokens batch \'batch run\'' -l idle-timeout -x -d 'Longest between two tokens.'
complete -c llmcli -n '__llmcli_option deadline ask stream chat extract count-tokens batch \'batch run\'' -l deadline -x -d 'Longest for the whole command.'
complete -c llmcli -n '__llmcli_option retries ask stream chat extract count-tokens batch \'batch run\'' -l retries -x -d 'Attempts after the first [3].'
complete -c llmcli -n '__llmcli_at ask stream chat extract count-tokens batch \'batch run\'' -l fallback -x -a '(__llmcli_names models)' -d 'Try next if the model is unavailable.'
complete -c llmcli -n '__llmcli_option base-url ask stream chat extract count-tokens batch \'batch run\'' -l base-url -x -d 'Where its API is.'
complete -c llmcli -n '__llmcli_at ask stream chat extract count-tokens batch \'batch run\'' -l tag -x -a '(__llmcli_names tags)' -d 'Label the call\'s cost.'
complete -c llmcli -n '__llmcli_option max-cost ask stream chat extract count-tokens batch \'batch run\'' -l max-cost -x -d 'Most that this command may spend.'
complete -c llmcli -n '__llmcli_option budget-warn ask stream chat extract count-tokens batch \'batch run\'' -l budget-warn -x -d 'Say when so much is spent.'
complete -c llmcli -n '__llmcli_flag allow-unknown-price ask stream chat extract count-tokens batch \'batch run\'' -l allow-unknown-price -d 'Under a budget, call models without a price.'
complete -c llmcli -n '__llmcli_at ask stream chat count-tokens \'cost estimate\'' -l tool -x -a '(__llmcli_files .toml .json .py)' -d 'A JSON or TOML file, or file.py:function.'
complete -c llmcli -n '__llmcli_option tool-choice ask stream chat count-tokens \'cost estimate\'' -l tool-choice -x -a 'auto any none' -d 'Which tool is to be called.'
complete -c llmcli -n '__llmcli_option max-rounds ask stream chat count-tokens \'cost estimate\'' -l max-rounds -x -d 'Most rounds of calls.'
complete -c llmcli -n '__llmcli_option tool-timeout ask stream chat count-tokens \'cost estimate\'' -l tool-timeout -x -d 'Longest for one call.'
complete -c llmcli -n '__llmcli_flag yes ask stream chat count-tokens \'cost estimate\'' -l yes -d 'Run what tools name without asking.'
complete -c llmcli -n '__llmcli_flag json ask stream chat extract count-tokens models doctor batch \'batch run\' \'batch status\' cost \'cost estimate\' \'cost prices\' \'cost report\' \'config show\'' -l json -d 'Print JSON, one object a line.'
complete -c llmcli -n '__llmcli_option \'o output\' ask stream extract' -s o -l output -r -F -d 'Write there, only on success.'
complete -c llmcli -n '__llmcli_option meta-fd ask stream extract' -l meta-fd -x -d 'Write the envelope without text there.'
complete -c llmcli -n '__llmcli_option meta-file ask stream extract' -l meta-file -r -F -d 'Write the envelope without text to FILE.'
complete -c llmcli -n '__llmcli_option print-request ask stream extract' -l print-request -x -a 'json curl' -d 'Show the request; send nothing.'
complete -c llmcli -n '__llmcli_flag raw ask stream chat extract' -l raw -d 'At a terminal, print control characters raw.'
complete -c llmcli -n '__llmcli_flag \'x code\' ask stream' -s x -l code -d 'Print the first code block alone.'
complete -c llmcli -n '__llmcli_option profile ask stream chat extract count-tokens models doctor batch \'batch run\' \'batch status\' cost \'cost estimate\' \'cost prices\' \'cost report\' \'cost log\' \'cost prune\' \'config show\' \'config path\' \'config init\' \'config trust\' \'sim serve\' \'completion show\' \'completion install\'' -l profile -x -a '(__llmcli_names profiles)' -d 'Settings of [profiles.PROFILE].'
complete -c llmcli -n '__llmcli_at ask stream chat extract count-tokens models doctor batch \'batch run\' \'batch status\' cost \'cost estimate\' \'cost prices\' \'cost report\' \'cost log\' \'cost prune\' \'config show\' \'config path\' \'config init\' \'config trust\' \'sim serve\' \'completion show\' \'completion install\'' -s v -l verbose -d 'Say more on stderr; -vv: tracebacks.'
complete -c llmcli -n '__llmcli_flag \'q quiet\' ask stream chat extract count-tokens models doctor batch \'batch run\' \'batch status\' cost \'cost estimate\' \'cost prices\' \'cost report\' \'cost log\' \'cost prune\' \'config show\' \'config path\' \'config init\' \'config trust\' \'sim serve\' \'completion show\' \'completion install\'' -s q -l quiet -d 'Say nothing but errors.'
complete -c llmcli -n '__llmcli_option first-token-timeout stream chat' -l first-token-timeout -x -d 'Longest to the first token.'
complete -c llmcli -n '__llmcli_option session chat' -l session -x -a '(__llmcli_names sessions)' -d 'Keep the conversation.'
complete -c llmcli -n '__llmcli_flag list chat' -l list -d 'List the sessions.'
complete -c llmcli -n '__llmcli_option show chat' -l show -x -a '(__llmcli_names sessions)' -d 'Print a session.'
complete -c llmcli -n '__llmcli_option rm chat' -l rm -x -a '(__llmcli_names sessions)' -d 'Delete a session.'
complete -c llmcli -n '__llmcli_option save-on-exit chat' -l save-on-exit -r -F -d 'Write the conversation there at the end.'
complete -c llmcli -n '__llmcli_option window chat' -l window -x -a 'slide summarize' -d 'Turns that no longer fit.'
complete -c llmcli -n '__llmcli_option window-turns chat' -l window-turns -x -d 'Send at most the last N turns.'
complete -c llmcli -n '__llmcli_option window-tokens chat' -l window-tokens -x -d 'Send at most about N tokens.'
complete -c llmcli -n '__llmcli_at chat' -l tool-result -x -d 'Answer a call of the last turn.'
complete -c llmcli -n '__llmcli_at chat' -l pin -x -d 'Always send turn N.'
complete -c llmcli -n '__llmcli_option schema extract batch \'batch run\'' -l schema -x -a '(__llmcli_files .json .py)' -d 'A JSON Schema, its file, file.py:Model, or \'name, age int\'.'
complete -c llmcli -n '__llmcli_option schema-from-example extract batch \'batch run\'' -l schema-from-example -x -a '(__llmcli_files .json .jsonl)' -d 'A JSON value, or JSONL, to go by.'
complete -c llmcli -n '__llmcli_option choice extract batch \'batch run\'' -l choice -x -d 'Print one of these labels.'
complete -c llmcli -n '__llmcli_option choices extract batch \'batch run\'' -l choices -x -d 'Print all labels that apply.'
complete -c llmcli -n '__llmcli_option mode extract batch \'batch run\'' -l mode -x -a 'native tool json prompt' -d 'How to ask [the best that works].'
complete -c llmcli -n '__llmcli_option repair extract batch \'batch run\'' -l repair -x -d 'Ask again for what does not fit.'
complete -c llmcli -n '__llmcli_flag check-schema extract' -l check-schema -d 'Print what would be sent; send nothing.'
complete -c llmcli -n '__llmcli_flag confidence extract' -l confidence -d 'Say how sure the model is of its labels.'
complete -c llmcli -n '__llmcli_option keep-invalid extract' -l keep-invalid -r -F -d 'Keep the last answer that did not fit.'
complete -c llmcli -n '__llmcli_flag many extract' -l many -d 'Any number of records, one a line.'
complete -c llmcli -n '__llmcli_option key extract' -l key -x -d 'Leave out records with a FIELD seen before.'
complete -c llmcli -n '__llmcli_option format extract' -l format -x -a 'json jsonl csv' -d 'Of many records [jsonl].'
complete -c llmcli -n '__llmcli_option chunk-tokens extract' -l chunk-tokens -x -d 'Read a document in chunks of N tokens.'
complete -c llmcli -n '__llmcli_option evidence extract' -l evidence -x -a 'record field strict' -d 'Add the quote that it is from.'
complete -c llmcli -n '__llmcli_flag exact count-tokens' -l exact -d 'Fail rather than estimate.'
complete -c llmcli -n '__llmcli_flag offline count-tokens' -l offline -d 'Estimate; call nobody.'
complete -c llmcli -n '__llmcli_option max count-tokens' -l max -x -d 'Exit 11 if it is more.'
complete -c llmcli -n '__llmcli_flag context count-tokens' -l context -d 'Say how much of the model\'s context window it is.'
complete -c llmcli -n '__llmcli_option truncate count-tokens' -l truncate -x -d 'Print the first N tokens of the text instead.'
complete -c llmcli -n '__llmcli_flag tail count-tokens' -l tail -d 'With --truncate: the last N tokens.'
complete -c llmcli -n '__llmcli_at count-tokens' -s m -l model -x -a '(__llmcli_names models)' -d 'Repeat it to compare.'
complete -c llmcli -n '__llmcli_option provider models' -l provider -x -a '(__llmcli_names providers)' -d 'Only this provider\'s.'
complete -c llmcli -n '__llmcli_flag offline doctor' -l offline -d 'Do not touch the network.'
complete -c llmcli -n '__llmcli_option \'p prompt\' batch \'batch run\' \'cost estimate\'' -s p -l prompt -x -d 'The prompt of a row: {field} is the row\'s.'
complete -c llmcli -n '__llmcli_option format batch \'batch run\' \'cost estimate\'' -l format -x -a 'auto jsonl csv tsv lines' -d 'What the file is, if its name lies.'
complete -c llmcli -n '__llmcli_flag lines batch \'batch run\' \'cost estimate\'' -l lines -d 'Each line is a prompt; with -p it is {line}.'
complete -c llmcli -n '__llmcli_option id-field batch \'batch run\'' -l id-field -x -d 'The field that holds a row\'s id.'
complete -c llmcli -n '__llmcli_flag skip-bad-rows batch \'batch run\'' -l skip-bad-rows -d 'Count rows that make no sense as failed.'
complete -c llmcli -n '__llmcli_flag no-dedupe batch \'batch run\'' -l no-dedupe -d 'Send rows that ask the same one by one.'
complete -c llmcli -n '__llmcli_option \'o output\' batch \'batch run\'' -s o -l output -r -F -d 'Write there; - is stdout.'
complete -c llmcli -n '__llmcli_option order batch \'batch run\'' -l order -x -a 'input completion' -d 'Which line comes first.'
complete -c llmcli -n '__llmcli_flag with-input batch \'batch run\'' -l with-input -d 'Put the row into its line.'
complete -c llmcli -n '__llmcli_option progress batch \'batch run\'' -l progress -x -a 'auto bar plain json none' -d 'What to show on stderr.'
complete -c llmcli -n '__llmcli_flag dry-run batch \'batch run\'' -l dry-run -d 'Show tokens, dollars, time; send nothing.'
complete -c llmcli -n '__llmcli_option journal batch \'batch run\'' -l journal -r -F -d 'Where the job is kept [OUT.journal].'
complete -c llmcli -n '__llmcli_flag fresh batch \'batch run\'' -l fresh -d 'Start over; keep the journal as .old.'
complete -c llmcli -n '__llmcli_flag rerun-changed batch \'batch run\'' -l rerun-changed -d 'Redo what changed options would change.'
complete -c llmcli -n '__llmcli_flag keep-failed batch \'batch run\'' -l keep-failed -d 'Leave what failed earlier as it is.'
complete -c llmcli -n '__llmcli_option on-unknown batch \'batch run\'' -l on-unknown -x -a 'retry skip' -d 'Rows under way when killed.'
complete -c llmcli -n '__llmcli_option \'c concurrency\' batch \'batch run\'' -s c -l concurrency -x -d 'Rows at once [adapts, from 4].'
complete -c llmcli -n '__llmcli_option max-concurrency batch \'batch run\'' -l max-concurrency -x -d 'Most rows at once.'
complete -c llmcli -n '__llmcli_option rpm batch \'batch run\'' -l rpm -x -d 'Most requests a minute.'
complete -c llmcli -n '__llmcli_option tpm batch \'batch run\'' -l tpm -x -d 'Most tokens a minute, in and out.'
complete -c llmcli -n '__llmcli_option max-failures batch \'batch run\'' -l max-failures -x -d 'Stop when more rows have failed.'
complete -c llmcli -n '__llmcli_option drain-timeout batch \'batch run\'' -l drain-timeout -x -d 'For rows under way after Ctrl-C.'
complete -c llmcli -n '__llmcli_at \'cost estimate\' \'cost prices\'' -s m -l model -x -a '(__llmcli_names models)' -d 'Several times to compare. See llmcli models.'
complete -c llmcli -n '__llmcli_option input-tokens \'cost estimate\'' -l input-tokens -x -d 'Sent in a call, instead of a prompt.'
complete -c llmcli -n '__llmcli_option output-tokens \'cost estimate\'' -l output-tokens -x -d 'Written in a call [at most --max-tokens].'
complete -c llmcli -n '__llmcli_option max-tokens \'cost estimate\'' -l max-tokens -x -d 'Longest answer [4096].'
complete -c llmcli -n '__llmcli_option rows \'cost estimate\'' -l rows -x -a '(__llmcli_files .jsonl)' -d 'A call for each row, as llmcli batch reads it; - is stdin.'
complete -c llmcli -n '__llmcli_option calls \'cost estimate\'' -l calls -x -d 'How many calls, or how often all rows.'
complete -c llmcli -n '__llmcli_option per \'cost estimate\'' -l per -x -a 'hour day month' -d '--calls in each of these.'
complete -c llmcli -n '__llmcli_option cache \'cost estimate\'' -l cache -x -a '5m 1h' -d 'How long what calls share is cached [5m].'
complete -c llmcli -n '__llmcli_option cached-tokens \'cost estimate\'' -l cached-tokens -x -d 'Shared by all calls [system text, files].'
complete -c llmcli -n '__llmcli_option since \'cost report\' \'cost log\'' -l since -x -d 'From 7d or 12h ago, or 2026-11-01, on.'
complete -c llmcli -n '__llmcli_option until \'cost report\' \'cost log\'' -l until -x -d 'Until just before then.'
complete -c llmcli -n '__llmcli_at \'cost report\' \'cost log\'' -l model -x -a '(__llmcli_names models)' -d 'As asked or as answered.'
complete -c llmcli -n '__llmcli_at \'cost report\' \'cost log\'' -l provider -x -a '(__llmcli_names providers)' -d 'Only this provider\'s.'
complete -c llmcli -n '__llmcli_at \'cost report\' \'cost log\'' -l command -x -a 'ask stream chat extract batch' -d 'Only this command\'s.'
complete -c llmcli -n '__llmcli_at \'cost report\' \'cost log\'' -l status -x -a 'ok sent lost interrupted bug usage config auth rate_limited unavailable rejected refused truncated invalid_output budget partial' -d 'ok, sent, lost, interrupted, rate_limited, …'
complete -c llmcli -n '__llmcli_at \'cost report\' \'cost log\'' -l tag -x -a '(__llmcli_names tags)' -d 'Only with this tag.'
complete -c llmcli -n '__llmcli_flag failed \'cost report\' \'cost log\'' -l failed -d 'Only what did not end well.'
complete -c llmcli -n '__llmcli_option by \'cost report\'' -l by -x -a '(__llmcli_list model provider command day hour)' -d 'model,provider,command,tag:KEY,day or hour.'
complete -c llmcli -n '__llmcli_option format \'cost report\'' -l format -x -a 'table json csv jsonl' -d 'How it is printed.'
complete -c llmcli -n '__llmcli_flag chart \'cost report\'' -l chart -d 'Draw spend by day and latencies as text.'
complete -c llmcli -n '__llmcli_option plot \'cost report\'' -l plot -x -a '(__llmcli_files .svg .png)' -d 'Draw them into an .svg or .png file.'
complete -c llmcli -n '__llmcli_option limit \'cost log\'' -l limit -x -d 'Only the newest N.'
complete -c llmcli -n '__llmcli_flag follow \'cost log\'' -l follow -d 'Go on with attempts as they end; Ctrl-C stops.'
complete -c llmcli -n '__llmcli_option older-than \'cost prune\'' -l older-than -x -d 'Such as 90d.'
complete -c llmcli -n '__llmcli_flag vacuum \'cost prune\'' -l vacuum -d 'Make the file smaller; calls wait meanwhile.'
complete -c llmcli -n '__llmcli_flag yes \'cost prune\'' -l yes -d 'Do not ask at a terminal.'
complete -c llmcli -n '__llmcli_flag origin \'config show\'' -l origin -d 'Also say where each value comes from.'
complete -c llmcli -n '__llmcli_flag revoke \'config trust\'' -l revoke -d 'Trust it no longer.'
complete -c llmcli -n '__llmcli_option port \'sim serve\'' -l port -x -d '0 takes a free one.'
complete -c llmcli -n '__llmcli_at \'sim serve\'' -l fault -x -a 'drop-before drop-midstream early-close empty error-event garbage hang hang-midbody html max-tokens no-usage quota refusal slow stop truncated-json' -d 'Such as 429:0.3 or drop-midstream.'
complete -c llmcli -n '__llmcli_option faults \'sim serve\'' -l faults -x -a '(__llmcli_files .toml)' -d 'TOML with [[fault]] tables.'
complete -c llmcli -n '__llmcli_option latency \'sim serve\'' -l latency -x -d 'Before each answer, such as 200ms.'
complete -c llmcli -n '__llmcli_option tokens-per-second \'sim serve\'' -l tokens-per-second -x -d 'How fast streams are written.'
complete -c llmcli -n '__llmcli_option rate-limit \'sim serve\'' -l rate-limit -x -d 'Requests a minute; 429 above.'
complete -c llmcli -n '__llmcli_option api-key \'sim serve\'' -l api-key -x -d 'The only right key of this test server.'
complete -c llmcli -n '__llmcli_option seed \'sim serve\'' -l seed -x -d 'Makes what is drawn by chance repeatable.'
complete -c llmcli -n '__llmcli_option log \'sim serve\'' -l log -r -F -d 'One JSON line a request.'
complete -c llmcli -n '__llmcli_option shell \'completion show\' \'completion install\'' -l shell -x -a 'bash zsh fish' -d 'For which shell [that of SHELL].'
complete -c llmcli -n '__llmcli_at batch' -a '(__llmcli_files .jsonl .csv .tsv .txt .gz)'
complete -c llmcli -n '__llmcli_at \'batch run\'' -a '(__llmcli_files .jsonl .csv .tsv .txt .gz)'
complete -c llmcli -n '__llmcli_at \'batch status\'' -F
complete -c llmcli -n '__llmcli_at \'config trust\'' -F
