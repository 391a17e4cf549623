#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace test {

/// One row of tests/callout/replies/replies.csv, which README.md next to it explains.
class corpus_row {
public:
    std::size_t line = 0;  ///< where it begins in the file
    std::string provider, code, enhanced, text, truth, stage, sender, source;

    bool is_missing() const { return truth == "no_mailbox" || truth == "disabled"; }
    /// Returns whether the reply is about this one mailbox, whoever asks.
    bool is_about_one_mailbox() const { return is_missing() || truth == "full"; }
    bool is_permanent() const { return code.starts_with('5'); }

    /// Returns the reply as the server sends it to someone who asks about `address` from `ip`.
    std::string wire(std::string_view address, std::string_view ip) const;
    std::string shown() const;
};

/// Returns all rows. Throws if the file cannot be read, or has a row without all columns.
std::vector<corpus_row> read_reply_corpus(std::string const& file);

}  // namespace test
