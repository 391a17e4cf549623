#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

namespace callout::core {

/// All that a callout ever says. There is no DATA, BDAT, VRFY or EXPN here, so none can be sent (CO-126,
/// SE-094).
enum class verb { ehlo, helo, lhlo, starttls, mail, rcpt, rset, quit };

namespace detail {

/// The verbs in the order of the enumeration, each with what stands around its argument.
struct verb_form {
    verb what;
    std::string_view before, after;
};
inline constexpr auto verb_forms = std::to_array<verb_form>({
    {verb::ehlo, "EHLO ", ""},
    {verb::helo, "HELO ", ""},
    {verb::lhlo, "LHLO ", ""},
    {verb::starttls, "STARTTLS", ""},
    {verb::mail, "MAIL FROM:<", ">"},
    {verb::rcpt, "RCPT TO:<", ">"},
    {verb::rset, "RSET", ""},
    {verb::quit, "QUIT", ""},
});

consteval bool says(std::string_view forbidden) {
    return std::ranges::any_of(verb_forms, [&](auto const& v) { return v.before.starts_with(forbidden); });
}
static_assert(verb_forms.size() == std::size_t(verb::quit) + 1);
static_assert(!says("DATA") && !says("BDAT") && !says("VRFY") && !says("EXPN"));

}  // namespace detail

/// One line that we send, such as "RCPT TO:<ann@example.org>". It can only be made from a verb, so nothing
/// else is ever written. `argument` is a host name or an address that was parsed.
class command {
public:
    explicit command(verb what, std::string_view argument = {}, std::string_view parameters = {});

    verb what() const noexcept { return what_; }
    /// Returns the line without its end.
    std::string const& line() const noexcept { return line_; }
    std::string_view argument() const noexcept { return std::string_view(line_).substr(begin_, size_); }

private:
    verb what_;
    std::size_t begin_;
    std::size_t size_;
    std::string line_;
};

inline constexpr std::string_view line_end = "\r\n";

}  // namespace callout::core
