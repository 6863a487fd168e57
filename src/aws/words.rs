//! Closed sets of words, written as AWS writes them.

/// Makes an enum whose variants are AWS's words in JSON, in requests and in replies alike.
macro_rules! words {
    ($($(#[$doc:meta])+ $name:ident { $($(#[$variant_doc:meta])+ $variant:ident = $word:literal,)+ })+) => {$(
        $(#[$doc])+
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, ::serde::Serialize, ::serde::Deserialize,
        )]
        pub enum $name {
            $($(#[$variant_doc])+ #[serde(rename = $word)] $variant,)+
        }

        impl $name {
            /// The word as the API takes it.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = ::model::InvalidValue;

            fn from_str(word: &str) -> Result<Self, Self::Err> {
                match word {
                    $($word => Ok(Self::$variant),)+
                    _ => Err(::model::InvalidValue(format!("`{word}` is none of: {}", [$($word),+].join(", ")))),
                }
            }
        }
    )+};
}

pub(crate) use words;

#[cfg(test)]
mod tests {
    #![allow(unreachable_pub)]

    words! {
        /// A word.
        Word {
            /// The one.
            One = "the-one",
            /// The other.
            Other = "the-other",
        }
    }

    #[test]
    fn one_word_in_json_and_in_calls() {
        assert_eq!(serde_json::to_value(Word::One).unwrap(), Word::One.as_str());
        assert_eq!("the-other".parse(), Ok(Word::Other));
        assert_eq!("it".parse::<Word>().unwrap_err().0, "`it` is none of: the-one, the-other");
    }
}
