#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "callout/reply.hpp"
#include "core/names_in_reply.hpp"

namespace callout::core {

/// What stands for an IP address, for one of our senders and for `<>` among the words.
inline constexpr std::string_view ip_word = "<ip>";
inline constexpr std::string_view sender_word = "<sender>";
inline constexpr std::string_view null_word = "<null>";
/// What stands for an address that is not the one that was asked about.
inline constexpr std::string_view other_word = "<other>";
/// What stands for digits in a phrase; the words keep them.
inline constexpr std::string_view number_word = "<number>";

/// Returns the lines of a reply as one text in lower case, with a blank after each.
std::string text_of(reply const& r);

/// Returns the words of a reply in lower case, without apostrophes, and without what names somebody:
/// addresses, the local part and the domain of the one that was asked, the host's name and ours. A local part
/// that is a word is kept where it stands alone: the server may say it itself ("user@example.org: user
/// unknown"). A link leaves the names in it that `kept_of_links` holds, and the IP address. Of a very long
/// reply the first 256 words are read.
std::vector<std::string> words_of(reply const& r, names_in_reply const& names,
                                  std::vector<std::string> const& kept_of_links = {});

/// Returns the local part in lower case, if it is a word that `words_of` keeps; empty if it is not.
std::string word_of_local_part(std::string_view address);

/// Returns the reply's enhanced code: what begins its text, or else the first that stands as `#5.7.1`,
/// `(5.7.1)`,
/// `(#5.7.1)` or `[5.7.1]` anywhere, if its class is the reply's.
std::optional<enhanced_code> enhanced_code_in(reply const& r);

}  // namespace callout::core
