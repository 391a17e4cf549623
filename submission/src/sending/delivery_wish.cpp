#include "submission/delivery_wish.hpp"

#include <algorithm>
#include <array>

namespace submission {
namespace {

constexpr std::size_t most_of_envelope_id = 100;
constexpr std::size_t most_of_original_recipient = 500;
constexpr std::int64_t most_seconds = 999'999'999;

bool is_graphic(char c) {
    return c >= '!' && c <= '~';
}

bool is_type_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
}

struct notification_word {
    notification what;
    std::string_view word;
};
constexpr auto notification_words = std::to_array<notification_word>({
    {notification::never, "NEVER"},
    {notification::success, "SUCCESS"},
    {notification::failure, "FAILURE"},
    {notification::delay, "DELAY"},
});

}  // namespace

std::string to_xtext(std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string made;
    made.reserve(text.size());
    for (char const c : text) {
        if (is_graphic(c) && c != '+' && c != '=') {
            made += c;
            continue;
        }
        auto const octet = static_cast<unsigned char>(c);
        made += {'+', digits[octet >> 4], digits[octet & 15]};
    }
    return made;
}

result<envelope_id> envelope_id::make(std::string_view text) {
    if (text.empty()) return errc::envelope_id_empty;
    if (!std::ranges::all_of(text, [](char c) { return c == ' ' || is_graphic(c); }))
        return errc::envelope_id_not_ascii;
    auto made = to_xtext(text);
    if (made.size() > most_of_envelope_id) return errc::envelope_id_too_long;
    return envelope_id(std::move(made));
}

result<original_recipient> original_recipient::make(std::string_view type, std::string_view address) {
    bool const is_type = !type.empty() && std::ranges::all_of(type, is_type_character);
    if (!is_type || address.empty()) return errc::original_recipient_syntax;
    auto made = std::string(type) + ';' + to_xtext(address);
    if (made.size() > most_of_original_recipient) return errc::original_recipient_too_long;
    return original_recipient(std::move(made));
}

result<notify_when> notify_when::make(std::span<notification const> those) {
    notify_when made;
    for (auto const one : those)
        made.bits_ = static_cast<std::uint8_t>(made.bits_ | static_cast<std::uint8_t>(one));
    auto const never = static_cast<std::uint8_t>(notification::never);
    if ((made.bits_ & never) != 0 && made.bits_ != never) return errc::notify_never_alone;
    return made;
}

std::string notify_when::text() const {
    std::string all;
    for (auto const& one : notification_words) {
        if ((bits_ & static_cast<std::uint8_t>(one.what)) == 0) continue;
        if (!all.empty()) all += ',';
        all += one.word;
    }
    return all;
}

result<deliver_by> deliver_by::make(std::int64_t seconds, late_mail then, by_trace trace) {
    bool const is_in_range = seconds >= -most_seconds && seconds <= most_seconds;
    if (!is_in_range || (then == late_mail::return_to_sender && seconds <= 0))
        return errc::deliver_by_out_of_range;
    return deliver_by(seconds, then, trace);
}

deliver_by deliver_by::in(std::int64_t seconds) const noexcept {
    auto const least = then_ == late_mail::return_to_sender ? 1 : -most_seconds;
    return {std::clamp(seconds, least, most_seconds), then_, trace_};
}

std::string deliver_by::text() const {
    auto made = std::to_string(seconds_) + (then_ == late_mail::notify ? ";N" : ";R");
    if (trace_ == by_trace::yes) made += 'T';
    return made;
}

}  // namespace submission
