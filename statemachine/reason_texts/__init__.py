"""The sentences of every reason, by what they are about; `reasons.text_of` finds them."""
