# Completion of llmcli for bash, 3.2 or later. Written by `llmcli completion show --shell bash` from the commands
# themselves: do not edit. No program is started to complete, but for names: models, profiles, sessions and the like.

# The commands below the command $1, into `commands`.
_llmcli_commands() {
    commands=''
    case $1 in
        '') commands='ask stream chat extract count-tokens models doctor batch cost config sim completion' ;;
        batch) commands='run status' ;;
        cost) commands='estimate prices report log prune' ;;
        config) commands='show path init trust' ;;
        sim) commands=serve ;;
        completion) commands='show install' ;;
    esac
}

# The options of the command $1, into `options`; + marks those that may be repeated.
_llmcli_options() {
    options=''
    case $1 in
        '') options=' --version --help' ;;
        ask) options=' --file+ --system --by-url --image-max-px --redact --max-input-tokens --on-overflow --stdin --no-stdin --stdin-as --redact-report --redact-only --model --max-tokens --temperature --top-p --top-k --stop+ --seed --effort --thinking-budget --show-reasoning --cache --json-object --user-id --service-tier --option+ --header+ --timeout --idle-timeout --deadline --retries --fallback+ --base-url --tag+ --max-cost --budget-warn --allow-unknown-price --tool+ --tool-choice --max-rounds --tool-timeout --yes --json --output --meta-fd --meta-file --raw --print-request --code --profile --verbose+ --quiet --help' ;;
        stream) options=' --file+ --system --by-url --image-max-px --redact --max-input-tokens --on-overflow --stdin --no-stdin --stdin-as --redact-report --redact-only --model --max-tokens --temperature --top-p --top-k --stop+ --seed --effort --thinking-budget --show-reasoning --cache --json-object --user-id --service-tier --option+ --header+ --timeout --idle-timeout --deadline --retries --fallback+ --base-url --tag+ --max-cost --budget-warn --allow-unknown-price --tool+ --tool-choice --max-rounds --tool-timeout --yes --first-token-timeout --json --output --meta-fd --meta-file --raw --print-request --code --profile --verbose+ --quiet --help' ;;
        chat) options=' --file+ --system --by-url --image-max-px --redact --max-input-tokens --on-overflow --stdin --no-stdin --stdin-as --redact-report --redact-only --model --max-tokens --temperature --top-p --top-k --stop+ --seed --effort --thinking-budget --show-reasoning --cache --json-object --user-id --service-tier --option+ --header+ --timeout --idle-timeout --deadline --retries --fallback+ --base-url --tag+ --max-cost --budget-warn --allow-unknown-price --tool+ --tool-choice --max-rounds --tool-timeout --yes --first-token-timeout --session --list --show --rm --save-on-exit --window --window-turns --window-tokens --tool-result+ --pin+ --json --raw --profile --verbose+ --quiet --help' ;;
        extract) options=' --schema --schema-from-example --choice --choices --check-schema --confidence --mode --repair --keep-invalid --many --key --format --chunk-tokens --evidence --file+ --system --by-url --image-max-px --redact --max-input-tokens --on-overflow --stdin --no-stdin --stdin-as --redact-report --redact-only --model --max-tokens --temperature --top-p --top-k --stop+ --seed --effort --thinking-budget --show-reasoning --cache --json-object --user-id --service-tier --option+ --header+ --timeout --idle-timeout --deadline --retries --fallback+ --base-url --tag+ --max-cost --budget-warn --allow-unknown-price --json --output --meta-fd --meta-file --raw --print-request --profile --verbose+ --quiet --help' ;;
        count-tokens) options=' --exact --offline --max --context --truncate --tail --json --file+ --system --by-url --image-max-px --redact --max-input-tokens --on-overflow --stdin --no-stdin --stdin-as --redact-report --redact-only --model+ --max-tokens --temperature --top-p --top-k --stop+ --seed --effort --thinking-budget --show-reasoning --cache --json-object --user-id --service-tier --option+ --header+ --timeout --idle-timeout --deadline --retries --fallback+ --base-url --tag+ --max-cost --budget-warn --allow-unknown-price --tool+ --tool-choice --max-rounds --tool-timeout --yes --profile --verbose+ --quiet --help' ;;
        models) options=' --profile --verbose+ --quiet --provider --json --help' ;;
        doctor) options=' --model --offline --json --profile --verbose+ --quiet --help' ;;
        batch) options=' --prompt --format --lines --id-field --skip-bad-rows --no-dedupe --mode --repair --schema --schema-from-example --choice --choices --file+ --system --by-url --image-max-px --redact --max-input-tokens --on-overflow --model --max-tokens --temperature --top-p --top-k --stop+ --seed --effort --thinking-budget --show-reasoning --cache --json-object --user-id --service-tier --option+ --header+ --timeout --idle-timeout --deadline --retries --fallback+ --base-url --tag+ --max-cost --budget-warn --allow-unknown-price --output --order --with-input --progress --dry-run --json --journal --fresh --rerun-changed --keep-failed --on-unknown --concurrency --max-concurrency --rpm --tpm --max-failures --drain-timeout --profile --verbose+ --quiet --help' ;;
        'batch run') options=' --prompt --format --lines --id-field --skip-bad-rows --no-dedupe --mode --repair --schema --schema-from-example --choice --choices --file+ --system --by-url --image-max-px --redact --max-input-tokens --on-overflow --model --max-tokens --temperature --top-p --top-k --stop+ --seed --effort --thinking-budget --show-reasoning --cache --json-object --user-id --service-tier --option+ --header+ --timeout --idle-timeout --deadline --retries --fallback+ --base-url --tag+ --max-cost --budget-warn --allow-unknown-price --output --order --with-input --progress --dry-run --json --journal --fresh --rerun-changed --keep-failed --on-unknown --concurrency --max-concurrency --rpm --tpm --max-failures --drain-timeout --profile --verbose+ --quiet --help' ;;
        'batch status') options=' --profile --verbose+ --quiet --json --help' ;;
        cost) options=' --profile --verbose+ --quiet --json --help' ;;
        'cost estimate') options=' --model+ --input-tokens --output-tokens --max-tokens --rows --calls --per --cache --cached-tokens --prompt --format --lines --file+ --system --by-url --image-max-px --redact --max-input-tokens --on-overflow --stdin --no-stdin --stdin-as --redact-report --redact-only --tool+ --tool-choice --max-rounds --tool-timeout --yes --profile --verbose+ --quiet --json --help' ;;
        'cost prices') options=' --profile --verbose+ --quiet --model+ --json --help' ;;
        'cost report') options=' --since --until --model+ --provider+ --command+ --status+ --tag+ --failed --profile --verbose+ --quiet --by --format --json --chart --plot --help' ;;
        'cost log') options=' --since --until --model+ --provider+ --command+ --status+ --tag+ --failed --profile --verbose+ --quiet --limit --follow --help' ;;
        'cost prune') options=' --profile --verbose+ --quiet --older-than --vacuum --yes --help' ;;
        config) options=' --help' ;;
        'config show') options=' --profile --verbose+ --quiet --origin --json --help' ;;
        'config path') options=' --profile --verbose+ --quiet --help' ;;
        'config init') options=' --profile --verbose+ --quiet --help' ;;
        'config trust') options=' --profile --verbose+ --quiet --revoke --help' ;;
        sim) options=' --help' ;;
        'sim serve') options=' --port --fault+ --faults --latency --tokens-per-second --rate-limit --api-key --seed --log --profile --verbose+ --quiet --help' ;;
        completion) options=' --help' ;;
        'completion show') options=' --profile --verbose+ --quiet --shell --help' ;;
        'completion install') options=' --profile --verbose+ --quiet --shell --help' ;;
    esac
}

# What the option $1 of `node` is also called, into `option`, and what it takes, into `takes`.
_llmcli_option() {
    option=$1 takes=''
    case "$node $1" in
        *' -h') option=--help ;;
        *' -f') option=--file takes='file *' ;;
        *' --file' | *' --output' | *' --meta-file' | *' --save-on-exit' | *' --keep-invalid' | *' --journal' | *' --log') takes='file *' ;;
        *' -s') option=--system takes=at ;;
        *' --system') takes=at ;;
        *' --image-max-px' | *' --max-input-tokens' | *' --max-tokens' | *' --temperature' | *' --top-p' | *' --top-k' | *' --stop' | *' --seed' | *' --thinking-budget' | *' --user-id' | *' --service-tier' | *' --option' | *' --header' | *' --timeout' | *' --idle-timeout' | *' --deadline' | *' --retries' | *' --base-url' | *' --max-cost' | *' --budget-warn' | *' --max-rounds' | *' --tool-timeout' | *' --meta-fd' | *' --first-token-timeout' | *' --window-turns' | *' --window-tokens' | *' --tool-result' | *' --pin' | *' --choice' | *' --choices' | *' --repair' | *' --key' | *' --chunk-tokens' | *' --max' | *' --truncate' | *' --prompt' | *' --id-field' | *' --concurrency' | *' --max-concurrency' | *' --rpm' | *' --tpm' | *' --max-failures' | *' --drain-timeout' | *' --input-tokens' | *' --output-tokens' | *' --calls' | *' --cached-tokens' | *' --since' | *' --until' | *' --limit' | *' --older-than' | *' --port' | *' --latency' | *' --tokens-per-second' | *' --rate-limit' | *' --api-key') takes=text ;;
        *' --redact') takes='list email phone card iban ip secret all' ;;
        *' --on-overflow') takes='choice fail head tail middle' ;;
        *' --stdin') takes='choice auto require never' ;;
        *' -n') option=--no-stdin ;;
        *' --stdin-as') takes='choice append prepend fence' ;;
        *' -m') option=--model takes='names models' ;;
        *' --model' | *' --fallback') takes='names models' ;;
        *' --effort') takes='choice none minimal low medium high xhigh max' ;;
        *' --cache') takes='maybe 5m 1h' ;;
        *' --tag') takes='names tags' ;;
        *' --tool') takes='file *.toml *.json *.py' ;;
        *' --tool-choice') takes='choice auto any none' ;;
        *' -o') option=--output takes='file *' ;;
        *' --print-request') takes='choice json curl' ;;
        *' -x') option=--code ;;
        *' --profile') takes='names profiles' ;;
        *' -v') option=--verbose ;;
        *' -q') option=--quiet ;;
        *' --session' | *' --show' | *' --rm') takes='names sessions' ;;
        *' --window') takes='choice slide summarize' ;;
        *' --schema') takes='file *.json *.py' ;;
        *' --schema-from-example') takes='file *.json *.jsonl' ;;
        *' --mode') takes='choice native tool json prompt' ;;
        'extract --format') takes='choice json jsonl csv' ;;
        *' --evidence') takes='maybe record field strict' ;;
        *' --provider') takes='names providers' ;;
        *' -p') option=--prompt takes=text ;;
        'batch --format' | 'batch run --format' | 'cost estimate --format') takes='choice auto jsonl csv tsv lines' ;;
        *' --order') takes='choice input completion' ;;
        *' --progress') takes='choice auto bar plain json none' ;;
        *' --on-unknown') takes='choice retry skip' ;;
        *' -c') option=--concurrency takes=text ;;
        *' --rows') takes='file *.jsonl' ;;
        *' --per') takes='choice hour day month' ;;
        *' --command') takes='choice ask stream chat extract batch' ;;
        *' --status') takes='choice ok sent lost interrupted bug usage config auth rate_limited unavailable rejected refused truncated invalid_output budget partial' ;;
        *' --by') takes='list model provider command day hour' ;;
        'cost report --format') takes='choice table json csv jsonl' ;;
        *' --plot') takes='file *.svg *.png' ;;
        *' --fault') takes='choice drop-before drop-midstream early-close empty error-event garbage hang hang-midbody html max-tokens no-usage quota refusal slow stop truncated-json' ;;
        *' --faults') takes='file *.toml' ;;
        *' --shell') takes='choice bash zsh fish' ;;
    esac
    given+="$option "
}

# What stands in place $1, from 0, among the arguments of `node`, into `takes`.
_llmcli_argument() {
    takes=''
    case "$node $1" in
        'batch 0') takes='file *.jsonl *.csv *.tsv *.txt *.gz' ;;
        'batch run 0') takes='file *.jsonl *.csv *.tsv *.txt *.gz' ;;
        'batch status 0') takes='file *' ;;
        'config trust 0') takes='file *' ;;
    esac
}

# The words up to the cursor, into `words`: those that bash took apart at : = and @ in one piece again.
_llmcli_words() {
    local line=${COMP_LINE:0:COMP_POINT} rest word i
    for ((i = 0; i <= COMP_CWORD; i++)); do
        rest=${line#"${line%%[![:blank:]]*}"}
        word=${COMP_WORDS[i]-}
        if ((i == COMP_CWORD)); then word=$rest; fi
        if [[ $i -gt 0 && $rest == "$line" && ($word == [:=@]* || ${COMP_WORDS[i - 1]} == *[:=@]) ]]; then
            words[${#words[@]} - 1]+=$word
        else
            words+=("$word")
        fi
        line=${rest#"$word"}
    done
}

# Takes note of $1, a word before the one to complete.
_llmcli_read() {
    if [[ $takes == 'maybe '* && " $takes " != *" $1 "* ]]; then takes=''; fi
    if [[ -n $takes ]]; then
        takes=''
        return
    fi
    if [[ -z $literal ]]; then
        case $1 in
            --) literal=yes ;;
            --*=*)
                _llmcli_option "${1%%=*}"
                takes=''
                ;;
            --*) _llmcli_option "$1" ;;
            -?*)
                _llmcli_letters "$1"
                if [[ $1 != "$lead" ]]; then takes=''; fi
                lead=''
                ;;
        esac
        if [[ $1 == -?* ]]; then return; fi
    fi
    _llmcli_commands "$node"
    if [[ $places -eq 0 && " $commands " == *" $1 "* ]]; then
        node="${node:+$node }$1" given=' '
    else
        places=$((places + 1))
    fi
}

# Takes note of the short options in $1, such as -vm, up to one that takes a value; `lead` is $1 as far as that.
_llmcli_letters() {
    local i
    for ((i = 1; i < ${#1}; i++)); do
        lead=${1:0:i+1}
        _llmcli_option "-${1:i:1}"
        if [[ -n $takes ]]; then return; fi
    done
}

# Offers $1 if it goes on from `value`, as what comes in the place of $replaced.
_llmcli_offer() {
    if [[ $1 != "$value"* ]]; then return; fi
    local word=$lead$1
    word=${word#"$kept"}
    if [[ $kind != file && $word == *[^A-Za-z0-9_.,:=@/+-]* ]]; then
        if [[ -z $quote ]]; then
            printf -v word %q "$word"
        elif [[ $word == *[\!\$\`\"\\\']* ]]; then
            return # the shell would read it within the quotes
        fi
    fi
    if [[ $1 == */ || $kind == list ]]; then compopt -o nospace 2>/dev/null; fi
    COMPREPLY+=("$word")
}

# Offers directories and the files that fit one of the patterns $@; if there are none, any file.
_llmcli_files() {
    local path pattern folders files fitting=''
    if [[ $kind == file ]]; then compopt -o filenames 2>/dev/null; fi
    folders=$(compgen -d -- "$value")
    files=$(compgen -f -- "$value")
    while IFS= read -r path; do
        for pattern in "$@"; do
            if [[ $path == $pattern ]]; then fitting+=$path$'\n'; fi
        done
    done <<<"$files"
    if [[ -n $folders || -n $fitting ]]; then files=$fitting$folders; fi
    while IFS= read -r path; do
        # Where the shell sees a path, it does so itself.
        if [[ $kind == at && $'\n'$folders$'\n' == *$'\n'"$path"$'\n'* ]]; then path+=/; fi
        if [[ -n $path ]]; then _llmcli_offer "$path"; fi
    done <<<"$files"
}

# Offers what fits `takes`, which is a kind and its words.
_llmcli_values() {
    local words word value quote='' kept kind=${takes%% *}
    read -r -a words <<<"${takes#* }"
    # What stands before the text that the shell replaces is kept, and is not put there again.
    kept=${cur%"$replaced"}
    case $kept in *[\"\']) quote=yes ;; esac
    kept=${kept//[\\\"\']/} value=${cur//[\\\"\']/}
    value=${value:${#lead}}
    case $kind in
        choice | maybe)
            for word in "${words[@]}"; do _llmcli_offer "$word"; done
            ;;
        list)
            local chosen=,${value%"${value##*,}"}
            lead+=${chosen#,} value=${value##*,}
            for word in "${words[@]}"; do
                if [[ $chosen != *",$word,"* ]]; then _llmcli_offer "$word"; fi
            done
            ;;
        file) _llmcli_files "${words[@]}" ;;
        at)
            if [[ $value == @* ]]; then
                lead+=@ value=${value#@}
                _llmcli_files '*'
            fi
            ;;
        names)
            if hash llmcli 2>/dev/null; then
                while IFS= read -r word; do
                    word=${word%%$'\t'*}
                    if [[ -n $word ]]; then _llmcli_offer "$word"; fi
                done <<<"$(command llmcli completion values "${words[0]}" 2>/dev/null </dev/null)"
            fi
            ;;
    esac
}

_llmcli() {
    local IFS=$' \t\n' replaced=$2 words=() cur='' node='' given=' ' places=0 literal='' lead='' i
    local commands='' options='' option='' takes='' word
    COMPREPLY=()
    _llmcli_words
    cur=${words[${#words[@]} - 1]}
    for ((i = 1; i < ${#words[@]} - 1; i++)); do _llmcli_read "${words[i]}"; done
    if [[ $takes == 'maybe '* && $cur == -* ]]; then takes=''; fi
    if [[ -n $takes ]]; then
        _llmcli_values
    elif [[ -z $literal && $cur == --*=* ]]; then
        lead=${cur%%=*}=
        _llmcli_option "${cur%%=*}"
        _llmcli_values
    elif [[ -z $literal && $cur == -[!-]* ]]; then
        _llmcli_letters "$cur"
        if [[ $cur == "$lead" ]]; then
            # Nothing hangs on the last letter: it is complete, if it is an option.
            _llmcli_options "$node"
            if [[ "${options//+/} " == *" $option "* ]]; then takes="choice $lead"; else takes=''; fi
            lead=''
        fi
        _llmcli_values
    elif [[ -z $literal && $cur == -* ]]; then
        _llmcli_options "$node"
        takes='choice'
        for word in $options; do
            if [[ $word == *+ || $given != *" $word "* ]]; then takes+=" ${word%+}"; fi
        done
        _llmcli_values
    else
        _llmcli_argument "$places"
        if [[ -n $takes ]]; then _llmcli_values; fi
        _llmcli_commands "$node"
        if [[ $places -eq 0 && -n $commands ]]; then
            takes="choice $commands"
            _llmcli_values
        fi
    fi
}

complete -o bashdefault -F _llmcli llmcli
