// What a refusal means, at each stage, whatever its code and its words: no text refuses an address without
// evidence.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "core/built_in_rules.hpp"
#include "core/decision.hpp"
#include "core/retry_after.hpp"

namespace {

using namespace callout;
using namespace callout::core;

std::vector<std::string> const senders{"", "probe@vouch.example"};

void require(bool condition) {
    if (!condition) std::abort();
}

/// Returns the lines of a text, as they stand in a reply.
reply_lines lines_of(std::string_view text) {
    reply_lines all;
    for (auto end = text.find('\n'); end != text.npos; end = text.find('\n')) {
        all.push_back(text.substr(0, end));
        text.remove_prefix(end + 1);
    }
    all.push_back(text);
    return all;
}

bool is_strong_fail(decision_row const& row) {
    return row.status == status::fail && row.strength == strength::strong;
}

void check_recipient(reply const& r, names_in_reply const& names) {
    reading const read(stage::rcpt, r, names, built_in_rules());
    auto const& row = row_for(stage::rcpt, r, read);
    // Only a 5xx refuses, and no refusal is a pass.
    require(row.status != status::fail || r.permanent());
    require(row.status != status::pass);
    auto const of_us = topic::self | topic::hint_of_us | topic::sender | topic::null_sender | topic::rate;
    auto const of_mailbox = topic::missing | topic::disabled;
    auto all = topic::none;
    for (auto const& one : read.said) all = all | one.what;
    // Who speaks of us, and not of the mailbox, does not say that there is none. A provider's rule may know
    // better.
    if (!read.rule && includes(all, of_us) && !includes(all, of_mailbox) && row.scope == scope::address)
        require(!is_strong_fail(row));
    // Greylisting and a full mailbox are never a "no such mailbox".
    if (!read.rule && includes(read.words, topic::greylist | topic::full))
        require(row.status != status::fail);
}

void check(unsigned code, std::string const& text) {
    auto lines = lines_of(text);
    auto const enhanced = parse_enhanced_code(lines.front());
    reply const r(code, enhanced, std::move(lines));
    names_in_reply const names{.asked = "ann.smith@example.org",
                               .host = "mx.example.org",
                               .helo = "vouch.example",
                               .senders = senders};
    check_recipient(r, names);
    for (auto const where : {stage::greeting, stage::mail_null, stage::mail_sender}) {
        auto const& row = row_for(where, r, reading(where, r, names, built_in_rules()));
        require(row.status != status::pass);
        require(row.status != status::fail || row.reason == reason::no_service ||
                row.reason == reason::null_refused);
    }
    auto const wait = retry_after(r);
    require(!wait || (*wait > std::chrono::seconds(0) && *wait <= std::chrono::hours(1)));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    std::string const text(reinterpret_cast<char const*>(data), size);
    for (unsigned const code : {421U, 450U, 500U, 521U, 550U, 551U, 552U, 554U, 556U}) check(code, text);
    return 0;
}
