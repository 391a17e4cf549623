#include "submission/error.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace submission {
namespace {

struct error_text {
    errc value;
    char const* text;
};

constexpr auto error_texts = std::to_array<error_text>({
    {errc::nothing_to_do, "nothing is left to send"},
    {errc::envelope_id_empty, "an envelope id needs at least one character"},
    {errc::envelope_id_too_long, "the envelope id is longer than 100 characters (use a shorter one)"},
    {errc::envelope_id_not_ascii, "the envelope id is not printable ASCII"},
    {errc::original_recipient_syntax,
     "an original recipient is a type of letters, digits and hyphens, and an address"},
    {errc::original_recipient_too_long, "the original recipient is longer than 500 characters"},
    {errc::notify_never_alone, "NEVER cannot be combined with other notifications"},
    {errc::deliver_by_out_of_range,
     "a delivery time has at most nine digits, and is more than 0 if mail is to be returned"},
    {errc::etrn_syntax, "ETRN takes a host name, and '@' or '#' as its option"},
    {errc::destination_syntax, "this is not a host, HOST:PORT or [ADDRESS]:PORT"},
    {errc::content_cannot_be_opened, "the file of the message cannot be opened"},
    {errc::extension_missing, "the server does not offer an extension that the message needs"},
    {errc::smtputf8_missing, "5.6.7 the message needs SMTPUTF8, which the server does not offer"},
    {errc::message_too_big, "5.3.4 the message is larger than the server takes"},
    {errc::refused, "the server refused"},
    {errc::all_recipients_refused, "the server refused all recipients"},
    {errc::recipient_refused, "the server refused a recipient, and all were required"},
    {errc::unexpected_reply, "the server gave a reply that this command does not have"},
    {errc::content_failed, "the content of the message could not be read"},
    {errc::content_not_repeatable, "the content of the message was read before, and cannot be read again"},
    {errc::skipped, "left out by decision of the observer"},
    {errc::outcome_unknown,
     "the connection was lost after the end of the message: nobody knows whether it was taken"},
    {errc::greeting_refused, "the server refused the connection in its greeting"},
    {errc::hello_refused, "the server refused EHLO and HELO"},
    {errc::tls_missing, "TLS is required, and the server does not offer STARTTLS"},
    {errc::tls_refused, "the server refused STARTTLS"},
    {errc::certificate_refused, "the server's certificate was refused"},
    {errc::tls_files_unusable, "a file for TLS cannot be used"},
    {errc::not_authenticated, "authentication failed"},
    {errc::closing, "the server closes the connection (421)"},
    {errc::no_such_domain, "the domain does not exist"},
    {errc::null_mx, "5.1.10 the domain takes no mail (null MX)"},
    {errc::no_host, "no address of a mail server was found"},
    {errc::dns_failed, "the domain name system gives no answer"},
});

class submission_category final : public boost::system::error_category {
public:
    char const* name() const noexcept override { return "submission"; }
    std::string message(int value) const override {
        auto const found = std::ranges::find(error_texts, errc(value), &error_text::value);
        return found == error_texts.end() ? "unknown error" : found->text;
    }
};

}  // namespace

boost::system::error_category const& category() noexcept {
    static submission_category const instance;
    return instance;
}

boost::system::error_code make_error_code(errc e) noexcept {
    return {static_cast<int>(e), category()};
}

}  // namespace submission
