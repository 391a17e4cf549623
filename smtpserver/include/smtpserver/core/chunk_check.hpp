#pragma once

#include <string>
#include <string_view>

#include "smtpserver/core/content.hpp"

namespace smtpserver::core {

/// Checks the bytes of chunks that BDAT brings, where neither dots nor the end have a meaning (RFC 3030). A
/// line end may be cut in two by a chunk's end.
class chunk_check {
public:
    explicit chunk_check(bare_line_ends mode) : mode_(mode) {}

    /// Appends to `into` what is handed up.
    void read(std::string_view input, std::string& into);
    /// The message is complete.
    void finish(std::string& into);
    content_faults const& faults() const noexcept { return faults_; }

private:
    void put_line_feed(std::string& into);

    bare_line_ends mode_;
    bool after_cr_ = false;  ///< which was not handed up yet
    content_faults faults_;
};

}  // namespace smtpserver::core
