set edit:completion:arg-completer[ubihook] = {|@words|
    env COMPLETE=elvish 'ubihook' -- $@words 2>/dev/null | from-lines
}
