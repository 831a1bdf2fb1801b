//! Zsh. It quotes candidates by itself, to match the open quotes.

use super::{Typed, posix};

/// `_describe` takes `value:description`, hence the backslashes. Zsh adds a suffix to a value, or
/// with `-S ''` nothing, not even the closing quote.
pub(super) const SCRIPT: &str = r#"#compdef ubihook
_ubihook() {
    local -a asked lines open closed
    local line value entry
    # With this option zsh miswrites what follows a quote that is closed.
    [[ -o rc_quotes && ${words[CURRENT]} == *\'*\'* ]] && return 1
    asked=("${words[@]}")
    [[ -z $SUFFIX ]] || asked[CURRENT]=$QIPREFIX$PREFIX
    lines=("${(@f)$(COMPLETE=zsh _CLAP_COMPLETE_INDEX=$((CURRENT - 1)) COMPLETER -- "${asked[@]}" 2>/dev/null)}")
    for line in "${lines[@]}"; do
        value=${${line%%$'\t'*}#?}
        [[ -n $value ]] || continue
        entry=${${value//\\/\\\\}//:/\\:}
        [[ $line == *$'\t'* ]] && entry+=":${${line#*$'\t'}//\\/\\\\}"
        if [[ $line == +* ]]; then open+=("$entry"); else closed+=("$entry"); fi
    done
    (( $#open )) && _describe -V 'values' open -S ''
    (( $#closed )) && _describe -V 'values' closed
}
if [[ ${funcstack[1]} == _ubihook ]]; then
    _ubihook "$@"
else
    (( $+functions[compdef] )) || { autoload -Uz compinit && compinit -i }
    compdef _ubihook ubihook
fi
"#;

/// Reads the words as they were typed; the word to complete ends at the cursor.
pub(super) fn read(arguments: &[String], index: Option<usize>) -> Typed {
    let words = arguments.iter();
    let words = words.map(|word| posix::word(word, posix::Dialect::Zsh));
    let words: Vec<_> = words.collect();
    let at = index.unwrap_or(words.len().saturating_sub(1));
    let understood = words.get(at).is_none_or(|word| word.literal);
    let mut words: Vec<_> = words.into_iter().map(|word| word.text).collect();
    words.resize(words.len().max(at + 1), String::new());
    Typed {
        at,
        ..Typed::whole(words, understood)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(words: &[&str], index: usize) -> Typed {
        let words: Vec<_> = words.iter().map(|word| (*word).to_owned()).collect();
        read(&words, Some(index))
    }

    #[test]
    fn words_come_as_they_are_typed() {
        let typed = typed(&["ubihook", "get", "'my ho", "--mock"], 2);
        assert_eq!(typed.words, ["ubihook", "get", "my ho", "--mock"]);
        assert_eq!(typed.at, 2);
        assert!(typed.place.is_some());
    }

    #[test]
    fn a_word_that_zsh_expands_is_not_completed() {
        assert_eq!(typed(&["ubihook", "get", "$x"], 2).place, None);
        assert!(typed(&["ubihook", "$x", ""], 2).place.is_some());
        assert!(typed(&["ubihook"], 1).place.is_some());
    }
}
