# fish completion for hug
function __hug_complete
    set -l words (commandline -opc) (commandline -ct)
    set -l current (commandline -ct)
    set -l lines ($words[1] __complete -- $words[2..-1] 2>/dev/null)
    switch "$lines[1]"
        case :files
            __fish_complete_path $current
        case :folders
            __fish_complete_directories $current
        case '*'
            printf '%s\n' $lines
    end
end
complete -c hug -f -a '(__hug_complete)'
