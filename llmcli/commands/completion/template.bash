# Completion of llmcli for bash, 3.2 or later. Written by `llmcli completion show --shell bash` from the commands
# themselves: do not edit. No program is started to complete, but for names: models, profiles, sessions and the like.

# The commands below the command $1, into `commands`.
_llmcli_commands() {
    commands=''
    case $1 in
        #@commands@
    esac
}

# The options of the command $1, into `options`; + marks those that may be repeated.
_llmcli_options() {
    options=''
    case $1 in
        #@options@
    esac
}

# What the option $1 of `node` is also called, into `option`, and what it takes, into `takes`.
_llmcli_option() {
    option=$1 takes=''
    case "$node $1" in
        #@takes@
    esac
    given+="$option "
}

# What stands in place $1, from 0, among the arguments of `node`, into `takes`.
_llmcli_argument() {
    takes=''
    case "$node $1" in
        #@arguments@
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
