#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "submission/support/played_client.hpp"
#include "submission/support/script.hpp"

namespace submission::testing {
namespace {

/// An event of libESMTP, a conversation that provokes it, and what the observer hears then.
struct provoked {
    int number;
    char const* name;
    char const* conversation;
    char const* line;
};

// CONNECT (0) and DISCONNECT (5) come from the shell: client_world_test.cpp.
constexpr auto all = std::to_array<provoked>({
    {1, "MAILSTATUS", "one_message", "* mail_status 0 <ann@x.example> 250 2.1.0 Ok"},
    {2, "RCPTSTATUS", "one_message", "* rcpt_status 0.1 <cy@y.example> 550 5.1.1 No such user complete"},
    {3, "MESSAGEDATA", "one_message", "* message_progress 0 +22 22 of 22"},
    {4, "MESSAGESENT", "one_message", "* message_result 0 end_of_data 250 2.0.0 Kept, ok"},
    {6, "SYNTAXWARNING", "syntax_warning_quit", "* syntax_warning 128 MAIL FROM:<ann@x.example>"},
    {1000, "ETRNSTATUS", "etrn", "* etrn_status 0 @y.example 250 Queuing"},
    {2000, "EXTNA_DSN", "dsn_missing_quit", "* extension_missing DSN for 0"},
    {2001, "EXTNA_8BITMIME", "extensions_missing", "* extension_missing 8BITMIME for 2 fatal"},
    {2002, "EXTNA_STARTTLS", "tls_missing", "* extension_missing STARTTLS fatal"},
    {2003, "EXTNA_ETRN", "extensions_missing", "* extension_missing ETRN"},
    {2004, "EXTNA_CHUNKING", "extensions_missing", "* extension_missing CHUNKING for 1 fatal"},
    {2005, "EXTNA_BINARYMIME", "extensions_missing_go_on", "* extension_missing BINARYMIME for 0 fatal"},
    {3000, "DELIVERBY_EXPIRED", "deliver_by_early", "* deliver_by_too_early 0 requested 60 minimum 300"},
    {3100, "WEAK_CIPHER", "certificate_accepted", "* certificate_verdict problems 26 refuse"},
    {3101, "STARTTLS_OK", "certificate_accepted", "* tls_up TLSv1.3"},
    {3102, "INVALID_PEER_CERTIFICATE", "certificate_refused", "* certificate_verdict problems 10 refuse"},
    {3103, "NO_PEER_CERTIFICATE", "certificate_absent", "* certificate_verdict problems 1 accept"},
    {3104, "WRONG_PEER_CERTIFICATE", "certificate_refused", "* certificate_verdict problems 10 refuse"},
    {3105, "NO_CLIENT_CERTIFICATE", "tls_fault_go_on", "* client_certificate_problem 2 "},
    {3106, "UNUSABLE_CLIENT_CERTIFICATE", "tls_fault_go_on", "* client_certificate_problem 1 "},
    {3107, "UNUSABLE_CA_LIST", "tls_fault_quit", "* client_certificate_problem 0 "},
});
static_assert(all.size() + 2 == 23);

class LibesmtpEvent : public ::testing::TestWithParam<provoked> {};

// SE-173: each of the 23; what is decided about it stands in the conversation.
TEST_P(LibesmtpEvent, IsProvoked) {
    auto const path = std::string(SUBMISSION_CONVERSATIONS) + '/' + GetParam().conversation + ".sent";
    played_client one(path);
    std::string record;
    for (auto const& step : script::read(path).steps) {
        if (step.directive.empty())
            one.feed(step.octets);
        else
            one.happen(step.directive);
        record += one.take_record();
    }
    EXPECT_NE(record.find(GetParam().line), std::string::npos) << record;
}

INSTANTIATE_TEST_SUITE_P(All, LibesmtpEvent, ::testing::ValuesIn(all),
                         [](auto const& one) { return std::string(one.param.name); });

}  // namespace
}  // namespace submission::testing
