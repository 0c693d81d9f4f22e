using System.CommandLine;
using Auditor.Cli.Output;

namespace Auditor.Cli.Commands;

/// <summary><c>auditor completion SHELL</c>: a script that lets a shell ask the program itself what could come next.</summary>
internal static class CompletionCommand
{
    private const string Bash = """
        _auditor() {
            local word=${COMP_WORDS[COMP_CWORD]} line=auditor${COMP_LINE:${#COMP_WORDS[0]}} found IFS=$'\n'
            line=${line:0:COMP_POINT - ${#COMP_WORDS[0]} + 7}
            found=$("${COMP_WORDS[0]}" "[suggest:${#line}]" "$line" 2>/dev/null)
            # Options are offered once a dash is typed; before that, files may be meant.
            [[ $word == -* ]] || found=$(grep -v '^-' <<<"$found")
            COMPREPLY=($(compgen -W "$found" -- "$word"))
        }
        complete -o default -F _auditor auditor

        """;

    private const string Zsh = """
        #compdef auditor
        _auditor() {
            local line="auditor ${(j: :)words[2,CURRENT]}"
            local -a found=(${(f)"$("${words[1]}" "[suggest:${#line}]" "$line" 2>/dev/null)"})
            # Options are offered once a dash is typed; before that, files may be meant.
            [[ ${words[CURRENT]} == -* ]] || found=(${found:#-*})
            if (( ${#found} )); then compadd -a found; else _files; fi
        }
        if [[ ${funcstack[1]} == _auditor ]]; then _auditor "$@"; else compdef _auditor auditor; fi

        """;

    private const string Fish = """
        function __auditor_complete
            set -l line (commandline -cp)
            set -l found (auditor "[suggest:"(string length -- "$line")"]" "$line" 2>/dev/null)
            # Options are offered once a dash is typed; before that, files may be meant.
            if string match -q -- '-*' (commandline -ct)
                printf '%s\n' $found
            else
                string match -v -- '-*' $found
            end
        end
        complete -c auditor -a '(__auditor_complete)'

        """;

    private const string PowerShell = """
        Register-ArgumentCompleter -Native -CommandName auditor -ScriptBlock {
            param($word, $ast, $position)
            $line = $ast.ToString().PadRight($position)
            auditor "[suggest:$position]" $line 2>$null |
                Where-Object { $_ -like "$word*" } |
                ForEach-Object { [System.Management.Automation.CompletionResult]::new($_) }
        }

        """;

    public static Command Create(ConsoleEnvironment environment)
    {
        var shell = Choice.Argument("SHELL", "bash, zsh, fish or pwsh.", "bash", "zsh", "fish", "pwsh");
        var command = new Command("completion", "Print a script that completes command lines of auditor.") { shell };
        command.SetAction(
            async (result, cancellationToken) =>
            {
                var script = result.GetValue(shell) switch
                {
                    "bash" => Bash,
                    "zsh" => Zsh,
                    "fish" => Fish,
                    _ => PowerShell,
                };
                await environment.PrintAsync(script, cancellationToken);
                return ExitCode.Clean;
            }
        );
        return command;
    }
}
