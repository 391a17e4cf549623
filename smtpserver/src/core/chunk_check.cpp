#include "smtpserver/core/chunk_check.hpp"

#include "core/octets.hpp"

namespace smtpserver::core {

void chunk_check::read(std::string_view input, std::string& into) {
    while (!input.empty()) {
        if (after_cr_ && input.front() != '\n') finish(into);
        auto const run = plain_run(input);
        into += run;
        input.remove_prefix(run.size());
        if (input.empty()) return;
        auto const c = input.front();
        input.remove_prefix(1);
        if (c == '\n') {
            put_line_feed(into);
        } else if (c == '\r') {
            after_cr_ = true;
        } else {
            faults_.nul = true;
            into += c;
        }
    }
}

void chunk_check::finish(std::string& into) {
    if (!after_cr_) return;
    after_cr_ = false;
    faults_.bare_cr = true;
    into += '\r';
}

void chunk_check::put_line_feed(std::string& into) {
    bool const is_bare = !after_cr_;
    after_cr_ = false;
    faults_.bare_lf = faults_.bare_lf || is_bare;
    into += is_bare && mode_ != bare_line_ends::normalize ? "\n" : "\r\n";
}

}  // namespace smtpserver::core
