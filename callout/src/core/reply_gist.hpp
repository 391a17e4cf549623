#pragma once

#include <string>

#include "callout/mailbox.hpp"
#include "callout/reply.hpp"

namespace callout::core {

/// Returns what a reply says, whoever it is about: two replies with one gist differ only in what names the
/// recipient or the occasion. It is the code, the enhanced code, and the words in lower case without
/// - the asked address, its domain and its local part,
/// - words with a digit or an at sign: other addresses, times, queue ids,
/// - words of hexadecimal digits, and words that mix capitals into small letters, as ids do,
/// - words of one or two letters, which may be a local part that somebody has.
std::string gist_of(reply const& r, mailbox const& asked);

}  // namespace callout::core
