/// The completion scripts. Each hands the command line to `procession --complete`, which knows what may stand where,
/// and leaves the names of files to its shell.
enum CompletionScript: String, CaseIterable {
    case bash, zsh, fish

    /// The script that the words ask for, wherever the option stands among them; nil when they do not ask for one.
    init?(askedForBy words: [String]) {
        let option = "--generate-completion-script"
        guard let place = words.firstIndex(where: { $0 == option || $0.hasPrefix(option + "=") }) else {
            return nil
        }
        let value =
            words[place] == option
            ? words[(place + 1)...].first ?? "bash" : String(words[place].dropFirst(option.count + 1))
        guard let script = CompletionScript(rawValue: value) else { return nil }
        self = script
    }

    var text: String {
        switch self {
        case .bash:
            #"""
            # procession map completes its options, and the files, functions and fields behind them.
            _procession() {
                # Places in the line are counted in bytes.
                local LC_ALL=C command="${1/#\~/$HOME}"
                local -a lines
                mapfile -t lines < <("$command" --complete bash "${COMP_LINE:0:COMP_POINT}" "${COMP_LINE:COMP_POINT}" "$2" 2>/dev/null)
                case "${lines[0]}" in
                    files)
                        compopt -o filenames 2>/dev/null
                        mapfile -t COMPREPLY < <(compgen -f -- "$2")
                        return ;;
                    stems) compopt -o nospace 2>/dev/null ;;
                esac
                COMPREPLY=("${lines[@]:1}")
            }
            complete -F _procession procession

            """#
        case .zsh:
            #"""
            #compdef procession
            # procession map completes its options, and the files, functions and fields behind them.
            _procession() {
                local -a lines
                lines=("${(@f)$("${(Q)words[1]/#\~/$HOME}" --complete zsh "${words[1,CURRENT-1]} $PREFIX" "$SUFFIX ${words[CURRENT+1,-1]}" '' 2>/dev/null)}")
                case $lines[1] in
                    files)
                        [[ $PREFIX == --*=* ]] && compset -P '*='
                        _files ;;
                    stems) compadd -S '' -- "${(@)lines[2,-1]}" ;;
                    words) compadd -- "${(@)lines[2,-1]}" ;;
                esac
            }
            if [[ $funcstack[1] == _procession ]]; then _procession "$@"; else compdef _procession procession; fi

            """#
        case .fish:
            #"""
            # procession map completes its options, and the files, functions and fields behind them.
            function __procession_complete
                set -l before (commandline -cp | string collect)
                set -l after (commandline -p | string collect | string sub -s (math (string length -- $before) + 1))
                set -l command (commandline -po)[1]
                set -l lines ($command --complete fish "$before" "$after" '' 2>/dev/null)
                if test "$lines[1]" = files
                    __fish_complete_path (commandline -ct)
                else
                    printf '%s\n' $lines[2..-1]
                end
            end
            complete -c procession -f -a '(__procession_complete)'

            """#
        }
    }
}
