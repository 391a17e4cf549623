#include "world/peers/rule_player.hpp"

#include "text/values.hpp"

namespace testmta::world {

namespace {

/// Returns a reply of that code if the bytes begin with a reply code, whatever else their form is.
std::optional<smtp::reply> reply_in(std::string_view octets) {
    auto const code = text::parse_reply_code(octets.substr(0, 3));
    if (!code) return std::nullopt;
    return smtp::reply(*code, "", "");
}

std::string with_bare_line_feeds(std::string octets) {
    std::erase(octets, '\r');
    return octets;
}

}  // namespace

void rule_player::operator()(say const& one) {
    auto octets = one.what.encode();
    speak(bare_ ? with_bare_line_feeds(std::move(octets)) : std::move(octets));
    given = one.what;
}

void rule_player::operator()(send_octets const& one) {
    speak(one.octets, one.times);
    if (auto const code = reply_in(one.octets)) given = code;
}

void rule_player::operator()(start_tls one) {
    finish();  // 220 comes before it
    out_.emplace_back(one);
}

void rule_player::operator()(ending one) {
    out_.emplace_back(one);
    answered_ = true;
}

void rule_player::finish() {
    if (answered_ || silent) return;
    answered_ = true;
    if (fallback_) (*this)(say{*fallback_});
}

void rule_player::speak(std::string octets, std::uint32_t times) {
    answered_ = true;
    octets.insert(0, std::exchange(held_back_, {}));
    if (holds_) {
        held_back_ = std::move(octets);
        return;
    }
    auto* const last = out_.empty() ? nullptr : std::get_if<sending>(&out_.back());
    auto const joins =
        last != nullptr && last->times == 1 && last->pace.octets == 0 && times == 1 && pace_.octets == 0;
    if (joins)
        last->octets += octets;  // what nothing separates leaves in one segment
    else
        out_.emplace_back(sending(std::move(octets), pace_, times));
}

}  // namespace testmta::world
