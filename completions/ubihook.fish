# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_ubihook_global_optspecs
    string join \n p/project= host= profile= mock store= o/output= q/quiet v/verbose no-input color= api-timeout= ca-cert= insecure-http h/help V/version
end

function __fish_ubihook_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_ubihook_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_ubihook_using_subcommand
    set -l cmd (__fish_ubihook_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c ubihook -n "__fish_ubihook_needs_command" -s p -l project -d 'Project to work in' -r
complete -c ubihook -n "__fish_ubihook_needs_command" -l host -d 'Address of the API' -r
complete -c ubihook -n "__fish_ubihook_needs_command" -l profile -d 'Profile of config.toml to take settings from' -r
complete -c ubihook -n "__fish_ubihook_needs_command" -l store -d 'Keep values in: auto, keyring, file, none' -r -f -a "auto\t''
keyring\t''
file\t''
none\t''"
complete -c ubihook -n "__fish_ubihook_needs_command" -s o -l output -d 'Format: table, json, ndjson, yaml, name' -r -f -a "table\t'For people: a table, a card, a sentence'
json\t'For programs: the API\'s fields under the API\'s names'
ndjson\t'The same, a line for each thing'
yaml\t'The same, for editing and giving back'
name\t'For shell loops: a name a line'"
complete -c ubihook -n "__fish_ubihook_needs_command" -l color -d 'Use colour: auto, always, never' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c ubihook -n "__fish_ubihook_needs_command" -l api-timeout -d 'Longest time for one call of the API' -r
complete -c ubihook -n "__fish_ubihook_needs_command" -l ca-cert -d 'Trust the certificates in this PEM file too' -r -F
complete -c ubihook -n "__fish_ubihook_needs_command" -l mock -d 'Use the mock: no account, no network'
complete -c ubihook -n "__fish_ubihook_needs_command" -s q -l quiet -d 'Print answers, warnings and errors only'
complete -c ubihook -n "__fish_ubihook_needs_command" -s v -l verbose -d 'Say what is called; -vv with bodies too'
complete -c ubihook -n "__fish_ubihook_needs_command" -l no-input -d 'Never ask: a question is an error'
complete -c ubihook -n "__fish_ubihook_needs_command" -l insecure-http -d 'Let the token leave this machine over http'
complete -c ubihook -n "__fish_ubihook_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ubihook -n "__fish_ubihook_needs_command" -s V -l version -d 'Print version'
complete -c ubihook -n "__fish_ubihook_needs_command" -f -a "create" -d 'Create a webhook'
complete -c ubihook -n "__fish_ubihook_needs_command" -f -a "list" -d 'List webhooks'
complete -c ubihook -n "__fish_ubihook_needs_command" -f -a "get" -d 'Show one webhook'
complete -c ubihook -n "__fish_ubihook_needs_command" -f -a "update" -d 'Change a webhook'
complete -c ubihook -n "__fish_ubihook_needs_command" -f -a "delete" -d 'Delete webhooks'
complete -c ubihook -n "__fish_ubihook_needs_command" -f -a "test" -d 'Send a test event'
complete -c ubihook -n "__fish_ubihook_needs_command" -f -a "auth" -d 'Sign in and out'
complete -c ubihook -n "__fish_ubihook_needs_command" -f -a "mock" -d 'Serve a mock of the platform: no account needed'
complete -c ubihook -n "__fish_ubihook_needs_command" -f -a "demo" -d 'See it work: the whole story on the mock, in a few seconds'
complete -c ubihook -n "__fish_ubihook_needs_command" -f -a "completions" -d 'Print what a shell loads to complete names live'
complete -c ubihook -n "__fish_ubihook_needs_command" -f -a "help" -d 'Explain a command, or a topic'
complete -c ubihook -n "__fish_ubihook_using_subcommand create" -s d -l deployment -d 'Deployment whose requests are watched' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand create" -l pipeline -d 'Pipeline whose requests are watched' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand create" -l experiment -d 'Experiment whose runs are watched' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand create" -l version -d 'Version of it [default: its default version]' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand create" -s e -l event -d 'started, completed, failed or finished' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand create" -s u -l url -d 'URL that events are sent to' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand create" -l header -d 'Header for all to read; repeats' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand create" -l secret-header -d 'Protected header; repeats' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand create" -s l -l label -d 'Label; repeats' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand create" -l description -d 'Description, at most 400 characters' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand create" -l timeout -d 'Wait for the callback, 1 to 30 [default: 10]' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand create" -l retry -d 'Call again when a call fails' -r -f -a "true\t''
false\t''"
complete -c ubihook -n "__fish_ubihook_using_subcommand create" -l include-result -d 'Send the request\'s result along' -r -f -a "true\t''
false\t''"
complete -c ubihook -n "__fish_ubihook_using_subcommand create" -l enabled -d 'Send events [default: true]' -r -f -a "true\t''
false\t''"
complete -c ubihook -n "__fish_ubihook_using_subcommand create" -s f -l file -d 'Take it from a YAML or JSON file; - is stdin' -r -F
complete -c ubihook -n "__fish_ubihook_using_subcommand create" -l if-exists -d 'If the name is taken: fail, skip, update' -r -f -a "fail\t'It is an error'
skip\t'Leave it as it is'
update\t'Change it to what is asked for'"
complete -c ubihook -n "__fish_ubihook_using_subcommand create" -s p -l project -d 'Project to work in' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand create" -l host -d 'Address of the API' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand create" -l profile -d 'Profile of config.toml to take settings from' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand create" -l store -d 'Keep values in: auto, keyring, file, none' -r -f -a "auto\t''
keyring\t''
file\t''
none\t''"
complete -c ubihook -n "__fish_ubihook_using_subcommand create" -s o -l output -d 'Format: table, json, ndjson, yaml, name' -r -f -a "table\t'For people: a table, a card, a sentence'
json\t'For programs: the API\'s fields under the API\'s names'
ndjson\t'The same, a line for each thing'
yaml\t'The same, for editing and giving back'
name\t'For shell loops: a name a line'"
complete -c ubihook -n "__fish_ubihook_using_subcommand create" -l color -d 'Use colour: auto, always, never' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c ubihook -n "__fish_ubihook_using_subcommand create" -l api-timeout -d 'Longest time for one call of the API' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand create" -l ca-cert -d 'Trust the certificates in this PEM file too' -r -F
complete -c ubihook -n "__fish_ubihook_using_subcommand create" -l allow-plain -d 'Let --header carry credentials'
complete -c ubihook -n "__fish_ubihook_using_subcommand create" -l test-first -d 'Create nothing unless a test event arrives'
complete -c ubihook -n "__fish_ubihook_using_subcommand create" -l keep-secrets -d 'Let kept values follow to another origin'
complete -c ubihook -n "__fish_ubihook_using_subcommand create" -l dry-run -d 'Show what would be sent, and send nothing'
complete -c ubihook -n "__fish_ubihook_using_subcommand create" -l mock -d 'Use the mock: no account, no network'
complete -c ubihook -n "__fish_ubihook_using_subcommand create" -s q -l quiet -d 'Print answers, warnings and errors only'
complete -c ubihook -n "__fish_ubihook_using_subcommand create" -s v -l verbose -d 'Say what is called; -vv with bodies too'
complete -c ubihook -n "__fish_ubihook_using_subcommand create" -l no-input -d 'Never ask: a question is an error'
complete -c ubihook -n "__fish_ubihook_using_subcommand create" -l insecure-http -d 'Let the token leave this machine over http'
complete -c ubihook -n "__fish_ubihook_using_subcommand create" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ubihook -n "__fish_ubihook_using_subcommand list" -s d -l deployment -d 'Deployment whose requests are watched' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand list" -l pipeline -d 'Pipeline whose requests are watched' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand list" -l experiment -d 'Experiment whose runs are watched' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand list" -l object-type -d 'Only those of deployments, or of pipelines' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand list" -s e -l event -d 'Only this event, such as failed' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand list" -s l -l label -d 'Only those with this label; repeats' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand list" -l enabled -d 'Only those that are enabled' -r -f -a "true\t''
false\t''"
complete -c ubihook -n "__fish_ubihook_using_subcommand list" -s p -l project -d 'Project to work in' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand list" -l host -d 'Address of the API' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand list" -l profile -d 'Profile of config.toml to take settings from' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand list" -l store -d 'Keep values in: auto, keyring, file, none' -r -f -a "auto\t''
keyring\t''
file\t''
none\t''"
complete -c ubihook -n "__fish_ubihook_using_subcommand list" -s o -l output -d 'Format: table, json, ndjson, yaml, name' -r -f -a "table\t'For people: a table, a card, a sentence'
json\t'For programs: the API\'s fields under the API\'s names'
ndjson\t'The same, a line for each thing'
yaml\t'The same, for editing and giving back'
name\t'For shell loops: a name a line'"
complete -c ubihook -n "__fish_ubihook_using_subcommand list" -l color -d 'Use colour: auto, always, never' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c ubihook -n "__fish_ubihook_using_subcommand list" -l api-timeout -d 'Longest time for one call of the API' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand list" -l ca-cert -d 'Trust the certificates in this PEM file too' -r -F
complete -c ubihook -n "__fish_ubihook_using_subcommand list" -l mock -d 'Use the mock: no account, no network'
complete -c ubihook -n "__fish_ubihook_using_subcommand list" -s q -l quiet -d 'Print answers, warnings and errors only'
complete -c ubihook -n "__fish_ubihook_using_subcommand list" -s v -l verbose -d 'Say what is called; -vv with bodies too'
complete -c ubihook -n "__fish_ubihook_using_subcommand list" -l no-input -d 'Never ask: a question is an error'
complete -c ubihook -n "__fish_ubihook_using_subcommand list" -l insecure-http -d 'Let the token leave this machine over http'
complete -c ubihook -n "__fish_ubihook_using_subcommand list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ubihook -n "__fish_ubihook_using_subcommand get" -s p -l project -d 'Project to work in' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand get" -l host -d 'Address of the API' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand get" -l profile -d 'Profile of config.toml to take settings from' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand get" -l store -d 'Keep values in: auto, keyring, file, none' -r -f -a "auto\t''
keyring\t''
file\t''
none\t''"
complete -c ubihook -n "__fish_ubihook_using_subcommand get" -s o -l output -d 'Format: table, json, ndjson, yaml, name' -r -f -a "table\t'For people: a table, a card, a sentence'
json\t'For programs: the API\'s fields under the API\'s names'
ndjson\t'The same, a line for each thing'
yaml\t'The same, for editing and giving back'
name\t'For shell loops: a name a line'"
complete -c ubihook -n "__fish_ubihook_using_subcommand get" -l color -d 'Use colour: auto, always, never' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c ubihook -n "__fish_ubihook_using_subcommand get" -l api-timeout -d 'Longest time for one call of the API' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand get" -l ca-cert -d 'Trust the certificates in this PEM file too' -r -F
complete -c ubihook -n "__fish_ubihook_using_subcommand get" -l mock -d 'Use the mock: no account, no network'
complete -c ubihook -n "__fish_ubihook_using_subcommand get" -s q -l quiet -d 'Print answers, warnings and errors only'
complete -c ubihook -n "__fish_ubihook_using_subcommand get" -s v -l verbose -d 'Say what is called; -vv with bodies too'
complete -c ubihook -n "__fish_ubihook_using_subcommand get" -l no-input -d 'Never ask: a question is an error'
complete -c ubihook -n "__fish_ubihook_using_subcommand get" -l insecure-http -d 'Let the token leave this machine over http'
complete -c ubihook -n "__fish_ubihook_using_subcommand get" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ubihook -n "__fish_ubihook_using_subcommand update" -l name -d 'New name' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand update" -s u -l url -d 'URL that events are sent to' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand update" -s e -l event -d 'started, completed, failed or finished' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand update" -l header -d 'Header for all to read; repeats' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand update" -l secret-header -d 'Protected header; repeats' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand update" -l remove-header -d 'Remove a header; repeats' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand update" -s l -l label -d 'Add or change a label; repeats' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand update" -l remove-label -d 'Remove a label; repeats' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand update" -l description -d 'Description, at most 400 characters' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand update" -l timeout -d 'Wait for the callback, 1 to 30 [default: 10]' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand update" -l retry -d 'Call again when a call fails' -r -f -a "true\t''
false\t''"
complete -c ubihook -n "__fish_ubihook_using_subcommand update" -l include-result -d 'Send the request\'s result along' -r -f -a "true\t''
false\t''"
complete -c ubihook -n "__fish_ubihook_using_subcommand update" -l enabled -d 'Send events [default: true]' -r -f -a "true\t''
false\t''"
complete -c ubihook -n "__fish_ubihook_using_subcommand update" -s f -l file -d 'Take changes from a file; - is stdin' -r -F
complete -c ubihook -n "__fish_ubihook_using_subcommand update" -s d -l deployment -d 'Deployment whose requests are watched' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand update" -l pipeline -d 'Pipeline whose requests are watched' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand update" -l experiment -d 'Experiment whose runs are watched' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand update" -l version -d 'Version of it [default: its default version]' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand update" -s p -l project -d 'Project to work in' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand update" -l host -d 'Address of the API' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand update" -l profile -d 'Profile of config.toml to take settings from' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand update" -l store -d 'Keep values in: auto, keyring, file, none' -r -f -a "auto\t''
keyring\t''
file\t''
none\t''"
complete -c ubihook -n "__fish_ubihook_using_subcommand update" -s o -l output -d 'Format: table, json, ndjson, yaml, name' -r -f -a "table\t'For people: a table, a card, a sentence'
json\t'For programs: the API\'s fields under the API\'s names'
ndjson\t'The same, a line for each thing'
yaml\t'The same, for editing and giving back'
name\t'For shell loops: a name a line'"
complete -c ubihook -n "__fish_ubihook_using_subcommand update" -l color -d 'Use colour: auto, always, never' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c ubihook -n "__fish_ubihook_using_subcommand update" -l api-timeout -d 'Longest time for one call of the API' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand update" -l ca-cert -d 'Trust the certificates in this PEM file too' -r -F
complete -c ubihook -n "__fish_ubihook_using_subcommand update" -l allow-plain -d 'Let --header carry credentials'
complete -c ubihook -n "__fish_ubihook_using_subcommand update" -l keep-secrets -d 'Let kept values follow to another origin'
complete -c ubihook -n "__fish_ubihook_using_subcommand update" -s y -l yes -d 'Don\'t ask before a protected value goes'
complete -c ubihook -n "__fish_ubihook_using_subcommand update" -l dry-run -d 'Show what would be sent, and send nothing'
complete -c ubihook -n "__fish_ubihook_using_subcommand update" -l mock -d 'Use the mock: no account, no network'
complete -c ubihook -n "__fish_ubihook_using_subcommand update" -s q -l quiet -d 'Print answers, warnings and errors only'
complete -c ubihook -n "__fish_ubihook_using_subcommand update" -s v -l verbose -d 'Say what is called; -vv with bodies too'
complete -c ubihook -n "__fish_ubihook_using_subcommand update" -l no-input -d 'Never ask: a question is an error'
complete -c ubihook -n "__fish_ubihook_using_subcommand update" -l insecure-http -d 'Let the token leave this machine over http'
complete -c ubihook -n "__fish_ubihook_using_subcommand update" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ubihook -n "__fish_ubihook_using_subcommand delete" -l if-missing -d 'If one isn\'t there: fail, skip' -r -f -a "fail\t'It is an error'
skip\t'Go on'"
complete -c ubihook -n "__fish_ubihook_using_subcommand delete" -s p -l project -d 'Project to work in' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand delete" -l host -d 'Address of the API' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand delete" -l profile -d 'Profile of config.toml to take settings from' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand delete" -l store -d 'Keep values in: auto, keyring, file, none' -r -f -a "auto\t''
keyring\t''
file\t''
none\t''"
complete -c ubihook -n "__fish_ubihook_using_subcommand delete" -s o -l output -d 'Format: table, json, ndjson, yaml, name' -r -f -a "table\t'For people: a table, a card, a sentence'
json\t'For programs: the API\'s fields under the API\'s names'
ndjson\t'The same, a line for each thing'
yaml\t'The same, for editing and giving back'
name\t'For shell loops: a name a line'"
complete -c ubihook -n "__fish_ubihook_using_subcommand delete" -l color -d 'Use colour: auto, always, never' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c ubihook -n "__fish_ubihook_using_subcommand delete" -l api-timeout -d 'Longest time for one call of the API' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand delete" -l ca-cert -d 'Trust the certificates in this PEM file too' -r -F
complete -c ubihook -n "__fish_ubihook_using_subcommand delete" -s y -l yes -d 'Don\'t ask'
complete -c ubihook -n "__fish_ubihook_using_subcommand delete" -l dry-run -d 'Show what would be sent, and send nothing'
complete -c ubihook -n "__fish_ubihook_using_subcommand delete" -l mock -d 'Use the mock: no account, no network'
complete -c ubihook -n "__fish_ubihook_using_subcommand delete" -s q -l quiet -d 'Print answers, warnings and errors only'
complete -c ubihook -n "__fish_ubihook_using_subcommand delete" -s v -l verbose -d 'Say what is called; -vv with bodies too'
complete -c ubihook -n "__fish_ubihook_using_subcommand delete" -l no-input -d 'Never ask: a question is an error'
complete -c ubihook -n "__fish_ubihook_using_subcommand delete" -l insecure-http -d 'Let the token leave this machine over http'
complete -c ubihook -n "__fish_ubihook_using_subcommand delete" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ubihook -n "__fish_ubihook_using_subcommand test" -s d -l deployment -d 'Deployment whose requests are watched' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand test" -l pipeline -d 'Pipeline whose requests are watched' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand test" -l experiment -d 'Experiment whose runs are watched' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand test" -l version -d 'Version of it [default: its default version]' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand test" -s e -l event -d 'started, completed, failed or finished' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand test" -s u -l url -d 'URL that the event is sent to' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand test" -l header -d 'Header for all to read; repeats' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand test" -l secret-header -d 'Protected header; repeats' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand test" -l timeout -d 'Wait for the callback, 1 to 30 [default: 10]' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand test" -l retry -d 'Call again when a call fails' -r -f -a "true\t''
false\t''"
complete -c ubihook -n "__fish_ubihook_using_subcommand test" -l include-result -d 'Send the request\'s result along' -r -f -a "true\t''
false\t''"
complete -c ubihook -n "__fish_ubihook_using_subcommand test" -l wait-timeout -d 'How long to wait for the outcome' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand test" -l id -d 'Look at a test that was started before' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand test" -s p -l project -d 'Project to work in' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand test" -l host -d 'Address of the API' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand test" -l profile -d 'Profile of config.toml to take settings from' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand test" -l store -d 'Keep values in: auto, keyring, file, none' -r -f -a "auto\t''
keyring\t''
file\t''
none\t''"
complete -c ubihook -n "__fish_ubihook_using_subcommand test" -s o -l output -d 'Format: table, json, ndjson, yaml, name' -r -f -a "table\t'For people: a table, a card, a sentence'
json\t'For programs: the API\'s fields under the API\'s names'
ndjson\t'The same, a line for each thing'
yaml\t'The same, for editing and giving back'
name\t'For shell loops: a name a line'"
complete -c ubihook -n "__fish_ubihook_using_subcommand test" -l color -d 'Use colour: auto, always, never' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c ubihook -n "__fish_ubihook_using_subcommand test" -l api-timeout -d 'Longest time for one call of the API' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand test" -l ca-cert -d 'Trust the certificates in this PEM file too' -r -F
complete -c ubihook -n "__fish_ubihook_using_subcommand test" -l allow-plain -d 'Let --header carry credentials'
complete -c ubihook -n "__fish_ubihook_using_subcommand test" -l keep-secrets -d 'Let kept values go to another origin'
complete -c ubihook -n "__fish_ubihook_using_subcommand test" -l no-wait -d 'Print the test\'s id, and don\'t wait'
complete -c ubihook -n "__fish_ubihook_using_subcommand test" -l dry-run -d 'Show what would be sent, and send nothing'
complete -c ubihook -n "__fish_ubihook_using_subcommand test" -l mock -d 'Use the mock: no account, no network'
complete -c ubihook -n "__fish_ubihook_using_subcommand test" -s q -l quiet -d 'Print answers, warnings and errors only'
complete -c ubihook -n "__fish_ubihook_using_subcommand test" -s v -l verbose -d 'Say what is called; -vv with bodies too'
complete -c ubihook -n "__fish_ubihook_using_subcommand test" -l no-input -d 'Never ask: a question is an error'
complete -c ubihook -n "__fish_ubihook_using_subcommand test" -l insecure-http -d 'Let the token leave this machine over http'
complete -c ubihook -n "__fish_ubihook_using_subcommand test" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ubihook -n "__fish_ubihook_using_subcommand auth; and not __fish_seen_subcommand_from login logout status" -s p -l project -d 'Project to work in' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand auth; and not __fish_seen_subcommand_from login logout status" -l host -d 'Address of the API' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand auth; and not __fish_seen_subcommand_from login logout status" -l profile -d 'Profile of config.toml to take settings from' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand auth; and not __fish_seen_subcommand_from login logout status" -l store -d 'Keep values in: auto, keyring, file, none' -r -f -a "auto\t''
keyring\t''
file\t''
none\t''"
complete -c ubihook -n "__fish_ubihook_using_subcommand auth; and not __fish_seen_subcommand_from login logout status" -s o -l output -d 'Format: table, json, ndjson, yaml, name' -r -f -a "table\t'For people: a table, a card, a sentence'
json\t'For programs: the API\'s fields under the API\'s names'
ndjson\t'The same, a line for each thing'
yaml\t'The same, for editing and giving back'
name\t'For shell loops: a name a line'"
complete -c ubihook -n "__fish_ubihook_using_subcommand auth; and not __fish_seen_subcommand_from login logout status" -l color -d 'Use colour: auto, always, never' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c ubihook -n "__fish_ubihook_using_subcommand auth; and not __fish_seen_subcommand_from login logout status" -l api-timeout -d 'Longest time for one call of the API' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand auth; and not __fish_seen_subcommand_from login logout status" -l ca-cert -d 'Trust the certificates in this PEM file too' -r -F
complete -c ubihook -n "__fish_ubihook_using_subcommand auth; and not __fish_seen_subcommand_from login logout status" -l mock -d 'Use the mock: no account, no network'
complete -c ubihook -n "__fish_ubihook_using_subcommand auth; and not __fish_seen_subcommand_from login logout status" -s q -l quiet -d 'Print answers, warnings and errors only'
complete -c ubihook -n "__fish_ubihook_using_subcommand auth; and not __fish_seen_subcommand_from login logout status" -s v -l verbose -d 'Say what is called; -vv with bodies too'
complete -c ubihook -n "__fish_ubihook_using_subcommand auth; and not __fish_seen_subcommand_from login logout status" -l no-input -d 'Never ask: a question is an error'
complete -c ubihook -n "__fish_ubihook_using_subcommand auth; and not __fish_seen_subcommand_from login logout status" -l insecure-http -d 'Let the token leave this machine over http'
complete -c ubihook -n "__fish_ubihook_using_subcommand auth; and not __fish_seen_subcommand_from login logout status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ubihook -n "__fish_ubihook_using_subcommand auth; and not __fish_seen_subcommand_from login logout status" -f -a "login" -d 'Sign in with an API token'
complete -c ubihook -n "__fish_ubihook_using_subcommand auth; and not __fish_seen_subcommand_from login logout status" -f -a "logout" -d 'Forget the kept token'
complete -c ubihook -n "__fish_ubihook_using_subcommand auth; and not __fish_seen_subcommand_from login logout status" -f -a "status" -d 'Show who you are, and where each setting comes from'
complete -c ubihook -n "__fish_ubihook_using_subcommand auth; and __fish_seen_subcommand_from login" -l from-ubiops -d 'Take over the official CLI\'s sign-in' -r -F
complete -c ubihook -n "__fish_ubihook_using_subcommand auth; and __fish_seen_subcommand_from login" -s p -l project -d 'Project to work in' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand auth; and __fish_seen_subcommand_from login" -l host -d 'Address of the API' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand auth; and __fish_seen_subcommand_from login" -l profile -d 'Profile of config.toml to take settings from' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand auth; and __fish_seen_subcommand_from login" -l store -d 'Keep values in: auto, keyring, file, none' -r -f -a "auto\t''
keyring\t''
file\t''
none\t''"
complete -c ubihook -n "__fish_ubihook_using_subcommand auth; and __fish_seen_subcommand_from login" -s o -l output -d 'Format: table, json, ndjson, yaml, name' -r -f -a "table\t'For people: a table, a card, a sentence'
json\t'For programs: the API\'s fields under the API\'s names'
ndjson\t'The same, a line for each thing'
yaml\t'The same, for editing and giving back'
name\t'For shell loops: a name a line'"
complete -c ubihook -n "__fish_ubihook_using_subcommand auth; and __fish_seen_subcommand_from login" -l color -d 'Use colour: auto, always, never' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c ubihook -n "__fish_ubihook_using_subcommand auth; and __fish_seen_subcommand_from login" -l api-timeout -d 'Longest time for one call of the API' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand auth; and __fish_seen_subcommand_from login" -l ca-cert -d 'Trust the certificates in this PEM file too' -r -F
complete -c ubihook -n "__fish_ubihook_using_subcommand auth; and __fish_seen_subcommand_from login" -l token-stdin -d 'Read the token from stdin'
complete -c ubihook -n "__fish_ubihook_using_subcommand auth; and __fish_seen_subcommand_from login" -l mock -d 'Use the mock: no account, no network'
complete -c ubihook -n "__fish_ubihook_using_subcommand auth; and __fish_seen_subcommand_from login" -s q -l quiet -d 'Print answers, warnings and errors only'
complete -c ubihook -n "__fish_ubihook_using_subcommand auth; and __fish_seen_subcommand_from login" -s v -l verbose -d 'Say what is called; -vv with bodies too'
complete -c ubihook -n "__fish_ubihook_using_subcommand auth; and __fish_seen_subcommand_from login" -l no-input -d 'Never ask: a question is an error'
complete -c ubihook -n "__fish_ubihook_using_subcommand auth; and __fish_seen_subcommand_from login" -l insecure-http -d 'Let the token leave this machine over http'
complete -c ubihook -n "__fish_ubihook_using_subcommand auth; and __fish_seen_subcommand_from login" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ubihook -n "__fish_ubihook_using_subcommand auth; and __fish_seen_subcommand_from logout" -s p -l project -d 'Project to work in' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand auth; and __fish_seen_subcommand_from logout" -l host -d 'Address of the API' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand auth; and __fish_seen_subcommand_from logout" -l profile -d 'Profile of config.toml to take settings from' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand auth; and __fish_seen_subcommand_from logout" -l store -d 'Keep values in: auto, keyring, file, none' -r -f -a "auto\t''
keyring\t''
file\t''
none\t''"
complete -c ubihook -n "__fish_ubihook_using_subcommand auth; and __fish_seen_subcommand_from logout" -s o -l output -d 'Format: table, json, ndjson, yaml, name' -r -f -a "table\t'For people: a table, a card, a sentence'
json\t'For programs: the API\'s fields under the API\'s names'
ndjson\t'The same, a line for each thing'
yaml\t'The same, for editing and giving back'
name\t'For shell loops: a name a line'"
complete -c ubihook -n "__fish_ubihook_using_subcommand auth; and __fish_seen_subcommand_from logout" -l color -d 'Use colour: auto, always, never' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c ubihook -n "__fish_ubihook_using_subcommand auth; and __fish_seen_subcommand_from logout" -l api-timeout -d 'Longest time for one call of the API' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand auth; and __fish_seen_subcommand_from logout" -l ca-cert -d 'Trust the certificates in this PEM file too' -r -F
complete -c ubihook -n "__fish_ubihook_using_subcommand auth; and __fish_seen_subcommand_from logout" -s y -l yes -d 'Don\'t ask'
complete -c ubihook -n "__fish_ubihook_using_subcommand auth; and __fish_seen_subcommand_from logout" -l mock -d 'Use the mock: no account, no network'
complete -c ubihook -n "__fish_ubihook_using_subcommand auth; and __fish_seen_subcommand_from logout" -s q -l quiet -d 'Print answers, warnings and errors only'
complete -c ubihook -n "__fish_ubihook_using_subcommand auth; and __fish_seen_subcommand_from logout" -s v -l verbose -d 'Say what is called; -vv with bodies too'
complete -c ubihook -n "__fish_ubihook_using_subcommand auth; and __fish_seen_subcommand_from logout" -l no-input -d 'Never ask: a question is an error'
complete -c ubihook -n "__fish_ubihook_using_subcommand auth; and __fish_seen_subcommand_from logout" -l insecure-http -d 'Let the token leave this machine over http'
complete -c ubihook -n "__fish_ubihook_using_subcommand auth; and __fish_seen_subcommand_from logout" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ubihook -n "__fish_ubihook_using_subcommand auth; and __fish_seen_subcommand_from status" -s p -l project -d 'Project to work in' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand auth; and __fish_seen_subcommand_from status" -l host -d 'Address of the API' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand auth; and __fish_seen_subcommand_from status" -l profile -d 'Profile of config.toml to take settings from' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand auth; and __fish_seen_subcommand_from status" -l store -d 'Keep values in: auto, keyring, file, none' -r -f -a "auto\t''
keyring\t''
file\t''
none\t''"
complete -c ubihook -n "__fish_ubihook_using_subcommand auth; and __fish_seen_subcommand_from status" -s o -l output -d 'Format: table, json, ndjson, yaml, name' -r -f -a "table\t'For people: a table, a card, a sentence'
json\t'For programs: the API\'s fields under the API\'s names'
ndjson\t'The same, a line for each thing'
yaml\t'The same, for editing and giving back'
name\t'For shell loops: a name a line'"
complete -c ubihook -n "__fish_ubihook_using_subcommand auth; and __fish_seen_subcommand_from status" -l color -d 'Use colour: auto, always, never' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c ubihook -n "__fish_ubihook_using_subcommand auth; and __fish_seen_subcommand_from status" -l api-timeout -d 'Longest time for one call of the API' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand auth; and __fish_seen_subcommand_from status" -l ca-cert -d 'Trust the certificates in this PEM file too' -r -F
complete -c ubihook -n "__fish_ubihook_using_subcommand auth; and __fish_seen_subcommand_from status" -l mock -d 'Use the mock: no account, no network'
complete -c ubihook -n "__fish_ubihook_using_subcommand auth; and __fish_seen_subcommand_from status" -s q -l quiet -d 'Print answers, warnings and errors only'
complete -c ubihook -n "__fish_ubihook_using_subcommand auth; and __fish_seen_subcommand_from status" -s v -l verbose -d 'Say what is called; -vv with bodies too'
complete -c ubihook -n "__fish_ubihook_using_subcommand auth; and __fish_seen_subcommand_from status" -l no-input -d 'Never ask: a question is an error'
complete -c ubihook -n "__fish_ubihook_using_subcommand auth; and __fish_seen_subcommand_from status" -l insecure-http -d 'Let the token leave this machine over http'
complete -c ubihook -n "__fish_ubihook_using_subcommand auth; and __fish_seen_subcommand_from status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and not __fish_seen_subcommand_from serve run reset request deliveries" -s p -l project -d 'Project to work in' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and not __fish_seen_subcommand_from serve run reset request deliveries" -l host -d 'Address of the API' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and not __fish_seen_subcommand_from serve run reset request deliveries" -l profile -d 'Profile of config.toml to take settings from' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and not __fish_seen_subcommand_from serve run reset request deliveries" -l store -d 'Keep values in: auto, keyring, file, none' -r -f -a "auto\t''
keyring\t''
file\t''
none\t''"
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and not __fish_seen_subcommand_from serve run reset request deliveries" -s o -l output -d 'Format: table, json, ndjson, yaml, name' -r -f -a "table\t'For people: a table, a card, a sentence'
json\t'For programs: the API\'s fields under the API\'s names'
ndjson\t'The same, a line for each thing'
yaml\t'The same, for editing and giving back'
name\t'For shell loops: a name a line'"
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and not __fish_seen_subcommand_from serve run reset request deliveries" -l color -d 'Use colour: auto, always, never' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and not __fish_seen_subcommand_from serve run reset request deliveries" -l api-timeout -d 'Longest time for one call of the API' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and not __fish_seen_subcommand_from serve run reset request deliveries" -l ca-cert -d 'Trust the certificates in this PEM file too' -r -F
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and not __fish_seen_subcommand_from serve run reset request deliveries" -l mock -d 'Use the mock: no account, no network'
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and not __fish_seen_subcommand_from serve run reset request deliveries" -s q -l quiet -d 'Print answers, warnings and errors only'
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and not __fish_seen_subcommand_from serve run reset request deliveries" -s v -l verbose -d 'Say what is called; -vv with bodies too'
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and not __fish_seen_subcommand_from serve run reset request deliveries" -l no-input -d 'Never ask: a question is an error'
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and not __fish_seen_subcommand_from serve run reset request deliveries" -l insecure-http -d 'Let the token leave this machine over http'
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and not __fish_seen_subcommand_from serve run reset request deliveries" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and not __fish_seen_subcommand_from serve run reset request deliveries" -f -a "serve" -d 'Serve the mock until it is told to stop'
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and not __fish_seen_subcommand_from serve run reset request deliveries" -f -a "run" -d 'Run a command with the mock around it'
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and not __fish_seen_subcommand_from serve run reset request deliveries" -f -a "reset" -d 'Empty the mock\'s database'
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and not __fish_seen_subcommand_from serve run reset request deliveries" -f -a "request" -d 'Make requests on the mock, so that its webhooks fire'
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and not __fish_seen_subcommand_from serve run reset request deliveries" -f -a "deliveries" -d 'Show what the mock has tried to deliver'
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and __fish_seen_subcommand_from serve" -l port -d 'Port to listen on; 0 takes a free one' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and __fish_seen_subcommand_from serve" -l bind -d 'Address to listen on' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and __fish_seen_subcommand_from serve" -l ready-file -d 'Write the ready line to this file too' -r -F
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and __fish_seen_subcommand_from serve" -l db -d 'Database to serve' -r -F
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and __fish_seen_subcommand_from serve" -l token-file -d 'Take the token from this file\'s first line' -r -F
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and __fish_seen_subcommand_from serve" -l fault -d 'Failure that calls meet; repeats' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and __fish_seen_subcommand_from serve" -s p -l project -d 'Project to work in' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and __fish_seen_subcommand_from serve" -l host -d 'Address of the API' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and __fish_seen_subcommand_from serve" -l profile -d 'Profile of config.toml to take settings from' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and __fish_seen_subcommand_from serve" -l store -d 'Keep values in: auto, keyring, file, none' -r -f -a "auto\t''
keyring\t''
file\t''
none\t''"
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and __fish_seen_subcommand_from serve" -s o -l output -d 'Format: table, json, ndjson, yaml, name' -r -f -a "table\t'For people: a table, a card, a sentence'
json\t'For programs: the API\'s fields under the API\'s names'
ndjson\t'The same, a line for each thing'
yaml\t'The same, for editing and giving back'
name\t'For shell loops: a name a line'"
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and __fish_seen_subcommand_from serve" -l color -d 'Use colour: auto, always, never' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and __fish_seen_subcommand_from serve" -l api-timeout -d 'Longest time for one call of the API' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and __fish_seen_subcommand_from serve" -l ca-cert -d 'Trust the certificates in this PEM file too' -r -F
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and __fish_seen_subcommand_from serve" -l echo-secrets -d 'Answer a create with its protected values'
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and __fish_seen_subcommand_from serve" -l mock -d 'Use the mock: no account, no network'
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and __fish_seen_subcommand_from serve" -s q -l quiet -d 'Print answers, warnings and errors only'
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and __fish_seen_subcommand_from serve" -s v -l verbose -d 'Say what is called; -vv with bodies too'
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and __fish_seen_subcommand_from serve" -l no-input -d 'Never ask: a question is an error'
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and __fish_seen_subcommand_from serve" -l insecure-http -d 'Let the token leave this machine over http'
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and __fish_seen_subcommand_from serve" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and __fish_seen_subcommand_from run" -l db -d 'Database to serve, kept at the end [default: a temporary one]' -r -F
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and __fish_seen_subcommand_from run" -l fault -d 'Failure that calls meet; repeats' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and __fish_seen_subcommand_from run" -s p -l project -d 'Project to work in' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and __fish_seen_subcommand_from run" -l host -d 'Address of the API' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and __fish_seen_subcommand_from run" -l profile -d 'Profile of config.toml to take settings from' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and __fish_seen_subcommand_from run" -l store -d 'Keep values in: auto, keyring, file, none' -r -f -a "auto\t''
keyring\t''
file\t''
none\t''"
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and __fish_seen_subcommand_from run" -s o -l output -d 'Format: table, json, ndjson, yaml, name' -r -f -a "table\t'For people: a table, a card, a sentence'
json\t'For programs: the API\'s fields under the API\'s names'
ndjson\t'The same, a line for each thing'
yaml\t'The same, for editing and giving back'
name\t'For shell loops: a name a line'"
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and __fish_seen_subcommand_from run" -l color -d 'Use colour: auto, always, never' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and __fish_seen_subcommand_from run" -l api-timeout -d 'Longest time for one call of the API' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and __fish_seen_subcommand_from run" -l ca-cert -d 'Trust the certificates in this PEM file too' -r -F
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and __fish_seen_subcommand_from run" -l echo-secrets -d 'Answer a create with its protected values'
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and __fish_seen_subcommand_from run" -l mock -d 'Use the mock: no account, no network'
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and __fish_seen_subcommand_from run" -s q -l quiet -d 'Print answers, warnings and errors only'
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and __fish_seen_subcommand_from run" -s v -l verbose -d 'Say what is called; -vv with bodies too'
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and __fish_seen_subcommand_from run" -l no-input -d 'Never ask: a question is an error'
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and __fish_seen_subcommand_from run" -l insecure-http -d 'Let the token leave this machine over http'
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and __fish_seen_subcommand_from run" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and __fish_seen_subcommand_from reset" -l db -d 'Database to empty' -r -F
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and __fish_seen_subcommand_from reset" -s f -l file -d 'Start from this file; - is stdin' -r -F
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and __fish_seen_subcommand_from reset" -s p -l project -d 'Project to work in' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and __fish_seen_subcommand_from reset" -l host -d 'Address of the API' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and __fish_seen_subcommand_from reset" -l profile -d 'Profile of config.toml to take settings from' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and __fish_seen_subcommand_from reset" -l store -d 'Keep values in: auto, keyring, file, none' -r -f -a "auto\t''
keyring\t''
file\t''
none\t''"
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and __fish_seen_subcommand_from reset" -s o -l output -d 'Format: table, json, ndjson, yaml, name' -r -f -a "table\t'For people: a table, a card, a sentence'
json\t'For programs: the API\'s fields under the API\'s names'
ndjson\t'The same, a line for each thing'
yaml\t'The same, for editing and giving back'
name\t'For shell loops: a name a line'"
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and __fish_seen_subcommand_from reset" -l color -d 'Use colour: auto, always, never' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and __fish_seen_subcommand_from reset" -l api-timeout -d 'Longest time for one call of the API' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and __fish_seen_subcommand_from reset" -l ca-cert -d 'Trust the certificates in this PEM file too' -r -F
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and __fish_seen_subcommand_from reset" -s y -l yes -d 'Don\'t ask'
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and __fish_seen_subcommand_from reset" -l mock -d 'Use the mock: no account, no network'
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and __fish_seen_subcommand_from reset" -s q -l quiet -d 'Print answers, warnings and errors only'
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and __fish_seen_subcommand_from reset" -s v -l verbose -d 'Say what is called; -vv with bodies too'
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and __fish_seen_subcommand_from reset" -l no-input -d 'Never ask: a question is an error'
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and __fish_seen_subcommand_from reset" -l insecure-http -d 'Let the token leave this machine over http'
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and __fish_seen_subcommand_from reset" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and __fish_seen_subcommand_from request" -s d -l deployment -d 'Deployment to make requests of' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and __fish_seen_subcommand_from request" -l pipeline -d 'Pipeline to make requests of' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and __fish_seen_subcommand_from request" -l experiment -d 'Experiment to make training runs of' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and __fish_seen_subcommand_from request" -l version -d 'Version of the deployment or pipeline [default: its default version]' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and __fish_seen_subcommand_from request" -l outcome -d 'How each request ends: completed, failed or cancelled' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and __fish_seen_subcommand_from request" -l duration -d 'How long each request is processed' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and __fish_seen_subcommand_from request" -l result-file -d 'JSON file with the result of each request' -r -F
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and __fish_seen_subcommand_from request" -l count -d 'How many requests' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and __fish_seen_subcommand_from request" -l rate -d 'How many of them a second, at most' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and __fish_seen_subcommand_from request" -l db -d 'Database to work on' -r -F
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and __fish_seen_subcommand_from request" -s p -l project -d 'Project to work in' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and __fish_seen_subcommand_from request" -l host -d 'Address of the API' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and __fish_seen_subcommand_from request" -l profile -d 'Profile of config.toml to take settings from' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and __fish_seen_subcommand_from request" -l store -d 'Keep values in: auto, keyring, file, none' -r -f -a "auto\t''
keyring\t''
file\t''
none\t''"
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and __fish_seen_subcommand_from request" -s o -l output -d 'Format: table, json, ndjson, yaml, name' -r -f -a "table\t'For people: a table, a card, a sentence'
json\t'For programs: the API\'s fields under the API\'s names'
ndjson\t'The same, a line for each thing'
yaml\t'The same, for editing and giving back'
name\t'For shell loops: a name a line'"
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and __fish_seen_subcommand_from request" -l color -d 'Use colour: auto, always, never' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and __fish_seen_subcommand_from request" -l api-timeout -d 'Longest time for one call of the API' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and __fish_seen_subcommand_from request" -l ca-cert -d 'Trust the certificates in this PEM file too' -r -F
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and __fish_seen_subcommand_from request" -l no-wait -d 'Don\'t wait for the deliveries'
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and __fish_seen_subcommand_from request" -l mock -d 'Use the mock: no account, no network'
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and __fish_seen_subcommand_from request" -s q -l quiet -d 'Print answers, warnings and errors only'
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and __fish_seen_subcommand_from request" -s v -l verbose -d 'Say what is called; -vv with bodies too'
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and __fish_seen_subcommand_from request" -l no-input -d 'Never ask: a question is an error'
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and __fish_seen_subcommand_from request" -l insecure-http -d 'Let the token leave this machine over http'
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and __fish_seen_subcommand_from request" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and __fish_seen_subcommand_from deliveries" -l webhook -d 'Only those of this webhook' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and __fish_seen_subcommand_from deliveries" -l db -d 'Database to look at' -r -F
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and __fish_seen_subcommand_from deliveries" -s p -l project -d 'Project to work in' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and __fish_seen_subcommand_from deliveries" -l host -d 'Address of the API' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and __fish_seen_subcommand_from deliveries" -l profile -d 'Profile of config.toml to take settings from' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and __fish_seen_subcommand_from deliveries" -l store -d 'Keep values in: auto, keyring, file, none' -r -f -a "auto\t''
keyring\t''
file\t''
none\t''"
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and __fish_seen_subcommand_from deliveries" -s o -l output -d 'Format: table, json, ndjson, yaml, name' -r -f -a "table\t'For people: a table, a card, a sentence'
json\t'For programs: the API\'s fields under the API\'s names'
ndjson\t'The same, a line for each thing'
yaml\t'The same, for editing and giving back'
name\t'For shell loops: a name a line'"
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and __fish_seen_subcommand_from deliveries" -l color -d 'Use colour: auto, always, never' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and __fish_seen_subcommand_from deliveries" -l api-timeout -d 'Longest time for one call of the API' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and __fish_seen_subcommand_from deliveries" -l ca-cert -d 'Trust the certificates in this PEM file too' -r -F
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and __fish_seen_subcommand_from deliveries" -l failed -d 'Only those that were not delivered'
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and __fish_seen_subcommand_from deliveries" -s f -l follow -d 'Print each from now on, until Ctrl-C'
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and __fish_seen_subcommand_from deliveries" -l mock -d 'Use the mock: no account, no network'
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and __fish_seen_subcommand_from deliveries" -s q -l quiet -d 'Print answers, warnings and errors only'
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and __fish_seen_subcommand_from deliveries" -s v -l verbose -d 'Say what is called; -vv with bodies too'
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and __fish_seen_subcommand_from deliveries" -l no-input -d 'Never ask: a question is an error'
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and __fish_seen_subcommand_from deliveries" -l insecure-http -d 'Let the token leave this machine over http'
complete -c ubihook -n "__fish_ubihook_using_subcommand mock; and __fish_seen_subcommand_from deliveries" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ubihook -n "__fish_ubihook_using_subcommand demo" -s p -l project -d 'Project to work in' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand demo" -l host -d 'Address of the API' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand demo" -l profile -d 'Profile of config.toml to take settings from' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand demo" -l store -d 'Keep values in: auto, keyring, file, none' -r -f -a "auto\t''
keyring\t''
file\t''
none\t''"
complete -c ubihook -n "__fish_ubihook_using_subcommand demo" -s o -l output -d 'Format: table, json, ndjson, yaml, name' -r -f -a "table\t'For people: a table, a card, a sentence'
json\t'For programs: the API\'s fields under the API\'s names'
ndjson\t'The same, a line for each thing'
yaml\t'The same, for editing and giving back'
name\t'For shell loops: a name a line'"
complete -c ubihook -n "__fish_ubihook_using_subcommand demo" -l color -d 'Use colour: auto, always, never' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c ubihook -n "__fish_ubihook_using_subcommand demo" -l api-timeout -d 'Longest time for one call of the API' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand demo" -l ca-cert -d 'Trust the certificates in this PEM file too' -r -F
complete -c ubihook -n "__fish_ubihook_using_subcommand demo" -l mock -d 'Use the mock: no account, no network'
complete -c ubihook -n "__fish_ubihook_using_subcommand demo" -s q -l quiet -d 'Print answers, warnings and errors only'
complete -c ubihook -n "__fish_ubihook_using_subcommand demo" -s v -l verbose -d 'Say what is called; -vv with bodies too'
complete -c ubihook -n "__fish_ubihook_using_subcommand demo" -l no-input -d 'Never ask: a question is an error'
complete -c ubihook -n "__fish_ubihook_using_subcommand demo" -l insecure-http -d 'Let the token leave this machine over http'
complete -c ubihook -n "__fish_ubihook_using_subcommand demo" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ubihook -n "__fish_ubihook_using_subcommand completions" -s p -l project -d 'Project to work in' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand completions" -l host -d 'Address of the API' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand completions" -l profile -d 'Profile of config.toml to take settings from' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand completions" -l store -d 'Keep values in: auto, keyring, file, none' -r -f -a "auto\t''
keyring\t''
file\t''
none\t''"
complete -c ubihook -n "__fish_ubihook_using_subcommand completions" -s o -l output -d 'Format: table, json, ndjson, yaml, name' -r -f -a "table\t'For people: a table, a card, a sentence'
json\t'For programs: the API\'s fields under the API\'s names'
ndjson\t'The same, a line for each thing'
yaml\t'The same, for editing and giving back'
name\t'For shell loops: a name a line'"
complete -c ubihook -n "__fish_ubihook_using_subcommand completions" -l color -d 'Use colour: auto, always, never' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c ubihook -n "__fish_ubihook_using_subcommand completions" -l api-timeout -d 'Longest time for one call of the API' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand completions" -l ca-cert -d 'Trust the certificates in this PEM file too' -r -F
complete -c ubihook -n "__fish_ubihook_using_subcommand completions" -l mock -d 'Use the mock: no account, no network'
complete -c ubihook -n "__fish_ubihook_using_subcommand completions" -s q -l quiet -d 'Print answers, warnings and errors only'
complete -c ubihook -n "__fish_ubihook_using_subcommand completions" -s v -l verbose -d 'Say what is called; -vv with bodies too'
complete -c ubihook -n "__fish_ubihook_using_subcommand completions" -l no-input -d 'Never ask: a question is an error'
complete -c ubihook -n "__fish_ubihook_using_subcommand completions" -l insecure-http -d 'Let the token leave this machine over http'
complete -c ubihook -n "__fish_ubihook_using_subcommand completions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ubihook -n "__fish_ubihook_using_subcommand help" -s p -l project -d 'Project to work in' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand help" -l host -d 'Address of the API' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand help" -l profile -d 'Profile of config.toml to take settings from' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand help" -l store -d 'Keep values in: auto, keyring, file, none' -r -f -a "auto\t''
keyring\t''
file\t''
none\t''"
complete -c ubihook -n "__fish_ubihook_using_subcommand help" -s o -l output -d 'Format: table, json, ndjson, yaml, name' -r -f -a "table\t'For people: a table, a card, a sentence'
json\t'For programs: the API\'s fields under the API\'s names'
ndjson\t'The same, a line for each thing'
yaml\t'The same, for editing and giving back'
name\t'For shell loops: a name a line'"
complete -c ubihook -n "__fish_ubihook_using_subcommand help" -l color -d 'Use colour: auto, always, never' -r -f -a "auto\t'On a terminal'
always\t'Always'
never\t'Never'"
complete -c ubihook -n "__fish_ubihook_using_subcommand help" -l api-timeout -d 'Longest time for one call of the API' -r
complete -c ubihook -n "__fish_ubihook_using_subcommand help" -l ca-cert -d 'Trust the certificates in this PEM file too' -r -F
complete -c ubihook -n "__fish_ubihook_using_subcommand help" -l mock -d 'Use the mock: no account, no network'
complete -c ubihook -n "__fish_ubihook_using_subcommand help" -s q -l quiet -d 'Print answers, warnings and errors only'
complete -c ubihook -n "__fish_ubihook_using_subcommand help" -s v -l verbose -d 'Say what is called; -vv with bodies too'
complete -c ubihook -n "__fish_ubihook_using_subcommand help" -l no-input -d 'Never ask: a question is an error'
complete -c ubihook -n "__fish_ubihook_using_subcommand help" -l insecure-http -d 'Let the token leave this machine over http'
complete -c ubihook -n "__fish_ubihook_using_subcommand help" -s h -l help -d 'Print help (see more with \'--help\')'
