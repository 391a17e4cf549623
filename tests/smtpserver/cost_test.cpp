#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "smtpserver/core/session.hpp"
#include "support/linear_cost.hpp"
#include "support/spending.hpp"

/// What a client's bytes cost grows with the bytes, and no faster.
namespace {

using namespace smtpserver;
using test::expect_linear;
using test::spending;
using test::spent;

std::string many(std::string_view what, std::size_t size) {
    std::string all;
    while (all.size() < size) all += what;
    return all;
}

/// Accepts everything and keeps nothing. Returns whether the session wants to go on at once.
bool obey(session& one, any_action const& what) {
    one.written(one.output().size());
    if (std::holds_alternative<action::read>(what) || std::holds_alternative<action::close>(what))
        return false;
    bool const is_told =
        std::holds_alternative<action::write>(what) || std::holds_alternative<action::pause>(what) ||
        std::holds_alternative<action::take_content>(what) || std::holds_alternative<action::abandoned>(what);
    if (!is_told) one.answer(250);
    return true;
}

/// Without limits that would end the connection early.
std::shared_ptr<session_options const> patient() {
    session_options made;
    made.limits.errors = made.limits.errors_in_haste = made.limits.junk = SIZE_MAX;
    made.limits.message = made.limits.discarded = UINT64_MAX;
    made.limits.recipients = made.limits.envelope = SIZE_MAX;
    return std::make_shared<session_options const>(made);
}

void serve(std::string_view input, std::size_t piece) {
    session one(patient(), connection(), xclient_use::refused);
    while (obey(one, one.next({}))) {
    }
    while (!input.empty()) {
        auto const taken = std::min({piece, input.size(), one.room()});
        ASSERT_GT(taken, 0U);
        one.feed(input.substr(0, taken));
        input.remove_prefix(taken);
        while (obey(one, one.next({}))) {
        }
    }
}

std::string const transaction = "EHLO c\r\nMAIL FROM:<a@x.example>\r\nRCPT TO:<b@y.example>\r\n";
std::string const recipient = "RCPT TO:<b@y.example> NOTIFY=NEVER ORCPT=rfc822;b@y.example\r\n";

struct row {
    char const* name;
    std::function<std::string(std::size_t)> input;
};

row const table[] = {
    {"short commands", [](std::size_t size) { return many("NOOP\r\n", size); }},
    {"lines that are no commands", [](std::size_t size) { return many("x\n", size); }},
    {"a command that does not end", [](std::size_t size) { return std::string(size, 'x'); }},
    {"transactions", [](std::size_t size) { return many(transaction + "RSET\r\n", size); }},
    {"recipients", [](std::size_t size) { return transaction + many(recipient, size) + "DATA\r\n.\r\n"; }},
    {"a message of long lines",
     [](std::size_t size) { return transaction + "DATA\r\n" + std::string(size, 'x') + "\r\n.\r\n"; }},
    {"a message of dots", [](std::size_t size) { return transaction + "DATA\r\n" + many("..\r\n", size); }},
    {"a message of CRs", [](std::size_t size) { return transaction + "DATA\r\n" + std::string(size, '\r'); }},
    {"a message of LFs", [](std::size_t size) { return transaction + "DATA\r\n" + std::string(size, '\n'); }},
    {"a message of chunks", [](std::size_t size) { return transaction + many("BDAT 2\r\nx\n", size); }},
    {"one chunk",
     [](std::size_t size) {
         return transaction + "BDAT " + std::to_string(size) + "\r\n" + std::string(size, 'x');
     }},
    {"messages", [](std::size_t size) { return many(transaction + "DATA\r\nhi\r\n.\r\n", size); }},
    {"quoted local parts",
     [](std::size_t size) {
         return "EHLO c\r\n" + many("MAIL FROM:<\"" + many("\\\"", 1000) + "\"@x>\r\n", size);
     }},
    {"quotes without end",
     [](std::size_t size) {
         return "EHLO c\r\n" + many("MAIL FROM:<" + many("\"a", 1000) + "@x>\r\n", size);
     }},
    {"parameters",
     [](std::size_t size) {
         return "EHLO c\r\n" + many("MAIL FROM:<>" + many(" a=b", 1500) + "\r\n", size);
     }},
};

spending cost_of(row const& what, std::size_t size, std::size_t piece) {
    auto const input = what.input(size);
    spent = {};
    serve(input, piece == 0 ? input.size() : piece);
    return spent;
}

// RS-118
TEST(SmtpServerCost, GrowsWithTheInputAndNoFaster) {
    constexpr std::size_t size = 15'000;
    constexpr std::size_t whole = 0;
    for (auto const& one : table) {
        for (std::size_t const piece : {whole, std::size_t{100}, std::size_t{1}}) {
            SCOPED_TRACE(std::string(one.name) + ", in pieces of " + std::to_string(piece));
            auto const once = cost_of(one, size, piece);
            auto const twice = cost_of(one, 2 * size, piece);
            expect_linear("bytes moved", once.touched, twice.touched);
            expect_linear("bytes of memory", once.taken, twice.taken);
            expect_linear("steps", once.steps, twice.steps);
        }
    }
}

}  // namespace
