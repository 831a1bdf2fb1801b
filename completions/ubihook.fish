function __ubihook_complete
    COMPLETE=fish 'ubihook' -- (commandline --current-process --cut-at-cursor | string collect) 2>/dev/null
end
complete --keep-order --exclusive --command ubihook --arguments '(__ubihook_complete)'
