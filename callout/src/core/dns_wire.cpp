#include "core/dns_wire.hpp"

#include <algorithm>

#include "core/ascii.hpp"
#include "core/dns_limits.hpp"

namespace callout::core {
namespace {

constexpr std::size_t longest_wire_name = 255;  // with the lengths of its labels, and the root's
constexpr unsigned pointer_bits = 0xc0;
constexpr std::size_t fixed_part = 10;  // type, class, TTL and size of a record
constexpr std::size_t least_record = 1 + fixed_part;

std::uint16_t u16_of(std::span<unsigned char const> octets, std::size_t at) {
    return static_cast<std::uint16_t>(octets[at] << 8 | octets[at + 1]);
}

bool is_of_host(char c) noexcept {
    return is_alphanumeric(c) || c == '-' || c == '_';
}

}  // namespace

std::optional<dns_header> dns_header::read(std::span<unsigned char const> message) {
    if (message.size() < octets) return std::nullopt;
    dns_header header;
    header.flags_ = u16_of(message, 2);
    for (std::size_t i = 0; i < sections; ++i) header.counts[i] = u16_of(message, 4 + 2 * i);
    return header;
}

/// The way over one name. Each pointer leads to a place before the one where this part of the name began
/// (RFC 1035 4.1.4: a prior occurrence).
class dns_wire::walk {
public:
    walk(dns_wire& message, std::size_t at) : message_(message), at_(at), began_(at) {}

    /// Returns nothing at the end, and where the name is broken.
    std::optional<std::string_view> next() {
        while (message_.step() && message_.has(at_, 1)) {
            unsigned const octet = message_.octets_[at_];
            if (octet == 0) return std::nullopt;
            if (octet <= longest_dns_label) return take(octet);
            if (octet < pointer_bits || !message_.has(at_, 2)) break;
            at_ = message_.u16(at_) & 0x3fff;
            if (at_ >= began_) break;
            began_ = at_;
        }
        message_.broken_ = true;
        return std::nullopt;
    }

private:
    std::optional<std::string_view> take(std::size_t size) {
        size_ += 1 + size;
        if (size_ >= longest_wire_name || !message_.has(at_, 1 + size)) {
            message_.broken_ = true;
            return std::nullopt;
        }
        auto const* const text = reinterpret_cast<char const*>(message_.octets_.data());
        std::string_view const label(text + at_ + 1, size);
        at_ += 1 + size;
        return label;
    }

    dns_wire& message_;
    std::size_t at_, began_;
    std::size_t size_ = 0;
};

std::optional<dns_wire> dns_wire::read(std::span<unsigned char const> message) {
    auto const header = dns_header::read(message);
    if (!header || header->counts[dns_header::question] != 1) return std::nullopt;
    dns_wire m(message);
    std::size_t at = dns_header::octets;
    if (!m.read_question(at)) return std::nullopt;
    std::size_t announced = 0;
    for (std::size_t i = dns_header::answer; i < dns_header::sections; ++i) announced += header->counts[i];
    if (announced > (message.size() - at) / least_record) return std::nullopt;
    m.records_.reserve(announced);
    for (std::size_t i = dns_header::answer; i < dns_header::sections; ++i) {
        for (std::size_t left = header->counts[i]; left > 0; --left) {
            if (!m.read_record(at)) return std::nullopt;
        }
        m.begins_[i + 1] = m.records_.size();
    }
    if (at != message.size()) return std::nullopt;
    return m;
}

std::span<dns_record const> dns_wire::records(dns_header::section which) const {
    return std::span(records_).subspan(begins_[which], begins_[which + 1] - begins_[which]);
}

std::span<unsigned char const> dns_wire::data(dns_record const& of) const {
    return octets_.subspan(of.data, of.size);
}

bool dns_wire::is_name(std::size_t at, std::string_view text, letter_case letters) {
    walk labels(*this, at);
    while (auto const label = labels.next()) {
        auto const own = text.substr(0, text.find('.'));
        if (letters == letter_case::counts ? *label != own : !same_word(*label, own)) return false;
        text.remove_prefix(std::min(own.size() + 1, text.size()));
    }
    return !broken_ && text.empty();
}

std::optional<std::string> dns_wire::host_name(std::size_t at) {
    std::array<char, longest_wire_name> text;
    std::size_t size = 0;
    bool is_host = true;
    walk labels(*this, at);
    while (auto const label = labels.next()) {
        if (size > 0) text[size++] = '.';
        for (auto const octet : *label) {
            text[size] = lower(octet);
            is_host = is_host && is_of_host(text[size]);
            ++size;
        }
    }
    if (broken_ || !is_host) return std::nullopt;
    return std::string(text.data(), size);
}

bool dns_wire::fills(std::size_t at, std::size_t end) {
    return end_of_name(at) == end;
}

bool dns_wire::read_question(std::size_t& at) {
    auto const end = end_of_name(at);
    if (!end || !has(*end, 4)) return false;
    question_ = {at, u16(*end), u16(*end + 2)};
    at = *end + 4;
    return true;
}

bool dns_wire::read_record(std::size_t& at) {
    auto const end = end_of_name(at);
    if (!end || !has(*end, fixed_part)) return false;
    dns_record one{};
    one.owner = static_cast<std::uint32_t>(at);
    one.type = u16(*end);
    one.of_class = u16(*end + 2);
    one.ttl = u32(*end + 4);
    one.size = u16(*end + 8);
    one.data = static_cast<std::uint32_t>(*end + fixed_part);
    if (!has(one.data, one.size)) return false;
    records_.push_back(one);
    at = one.data + std::size_t{one.size};
    return true;
}

std::optional<std::size_t> dns_wire::end_of_name(std::size_t at) {
    while (step() && has(at, 1)) {
        unsigned const octet = octets_[at];
        if (octet == 0) return at + 1;
        if (octet >= pointer_bits) return has(at, 2) ? std::optional(at + 2) : std::nullopt;
        if (octet > longest_dns_label) break;
        at += 1 + octet;
    }
    return std::nullopt;
}

bool dns_wire::has(std::size_t at, std::size_t count) const noexcept {
    return at <= octets_.size() && count <= octets_.size() - at;
}

std::uint16_t dns_wire::u16(std::size_t at) const {
    return u16_of(octets_, at);
}

std::uint32_t dns_wire::u32(std::size_t at) const {
    return std::uint32_t{u16(at)} << 16 | u16(at + 2);
}

bool dns_wire::step() noexcept {
    if (steps_ >= most_steps(octets_.size())) {
        broken_ = true;
        return false;
    }
    ++steps_;
    return true;
}

}  // namespace callout::core
