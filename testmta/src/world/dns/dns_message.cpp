#include "world/dns/dns_message.hpp"

#include <algorithm>

namespace testmta::world::dns {

namespace {

constexpr std::uint16_t flag_response = 0x8000;
constexpr std::uint16_t flag_authoritative = 0x0400;
constexpr std::uint16_t flag_truncated = 0x0200;
constexpr std::uint16_t flag_recursion_desired = 0x0100;
constexpr std::uint16_t flag_recursion_available = 0x0080;
constexpr std::uint16_t class_internet = 1;
constexpr std::uint16_t type_opt = 41;
constexpr std::size_t header_octets = 12;
constexpr std::size_t longest_label = 63;
constexpr std::size_t longest_name = 253;     // as text
constexpr std::uint16_t our_udp_size = 1232;  // fits any path (the DNS flag day's value)

char lower(char octet) {
    return octet >= 'A' && octet <= 'Z' ? static_cast<char>(octet | 0x20) : octet;
}

/// Takes fields off the front of a message. Once one is missing, all that follow are zero and `broken` is
/// true.
class reader {
public:
    explicit reader(std::string_view message) : rest_(message) {}

    bool broken() const noexcept { return broken_; }
    std::size_t left() const noexcept { return rest_.size(); }

    std::uint8_t u8() {
        auto const octets = take(1);
        return octets.empty() ? std::uint8_t{0} : static_cast<std::uint8_t>(octets.front());
    }
    std::uint16_t u16() {
        auto const high = u8();
        return static_cast<std::uint16_t>(high << 8 | u8());
    }
    std::uint32_t u32() {
        auto const high = u16();
        return std::uint32_t{high} << 16 | u16();
    }
    std::string_view take(std::size_t count) {
        if (count > rest_.size()) {
            broken_ = true;
            rest_ = {};
            return {};
        }
        auto const octets = rest_.substr(0, count);
        rest_.remove_prefix(count);
        return octets;
    }
    /// Takes a name without compression: in a query nothing comes before it that it could point to.
    std::string name() {
        std::string text;
        while (auto const size = u8()) {
            if (size > longest_label || text.size() > longest_name) {
                broken_ = true;
                return {};
            }
            if (!text.empty()) text += '.';
            for (auto const octet : take(size)) text += lower(octet);
        }
        return text;
    }

private:
    std::string_view rest_;
    bool broken_ = false;
};

void append_u16(std::string& out, std::size_t number) {
    out.push_back(static_cast<char>(number >> 8 & 0xff));
    out.push_back(static_cast<char>(number & 0xff));
}

void append_u32(std::string& out, std::uint32_t number) {
    append_u16(out, number >> 16);
    append_u16(out, number & 0xffff);
}

void append_name(std::string& out, std::string_view name) {
    while (!name.empty()) {
        auto const label = name.substr(0, name.find('.'));
        out.push_back(static_cast<char>(label.size()));
        out.append(label);
        name.remove_prefix(std::min(label.size() + 1, name.size()));
    }
    out.push_back('\0');
}

void append_record(std::string& out, record const& what) {
    append_name(out, what.owner);
    append_u16(out, static_cast<std::uint16_t>(what.type));
    append_u16(out, class_internet);
    append_u32(out, what.ttl);
    append_u16(out, what.data.size());
    out.append(what.data);
}

void append_opt(std::string& out) {
    append_name(out, "");
    append_u16(out, type_opt);
    append_u16(out, our_udp_size);
    append_u32(out, 0);
    append_u16(out, 0);
}

/// Looks for an OPT record after the question, and skips all other records.
void read_additional(reader& from, std::size_t records, query& into) {
    while (records-- != 0 && !from.broken()) {
        from.name();
        auto const type = from.u16();
        auto const udp_size = from.u16();
        from.u32();
        from.take(from.u16());
        if (from.broken() || type != type_opt) continue;
        into.extended = true;
        into.udp_limit = std::max<std::size_t>(into.udp_limit, udp_size);
    }
}

std::uint16_t flags_of(query const& to, response const& what) {
    unsigned flags = flag_response | flag_recursion_available | static_cast<unsigned>(what.code);
    if (what.authoritative) flags |= flag_authoritative;
    if (what.truncated) flags |= flag_truncated;
    if (to.recursion_desired) flags |= flag_recursion_desired;
    return static_cast<std::uint16_t>(flags);
}

std::string write_whole(query const& to, response const& what) {
    std::string out;
    append_u16(out, to.id);
    append_u16(out, flags_of(to, what));
    append_u16(out, to.question.empty() ? 0 : 1);
    append_u16(out, what.answers.size());
    append_u16(out, what.authority.size());
    append_u16(out, to.extended ? 1 : 0);
    out.append(to.question);
    for (auto const& one : what.answers) append_record(out, one);
    for (auto const& one : what.authority) append_record(out, one);
    if (to.extended) append_opt(out);
    return out;
}

bool is_name_octet(char octet) {
    return (octet >= 'a' && octet <= 'z') || (octet >= '0' && octet <= '9') || octet == '-' || octet == '_';
}

}  // namespace

std::optional<query> read_query(std::string_view message) {
    if (message.size() < header_octets) return std::nullopt;
    reader from(message);
    query found;
    found.id = from.u16();
    auto const flags = from.u16();
    auto const questions = from.u16();
    std::size_t const before_additional = std::size_t{from.u16()} + from.u16();
    auto const additional = from.u16();
    if ((flags & flag_response) != 0) return std::nullopt;
    found.recursion_desired = (flags & flag_recursion_desired) != 0;
    if ((flags >> 11 & 0xf) != 0) {
        found.problem = response_code::not_implemented;
        return found;
    }

    found.name = from.name();
    found.type = from.u16();
    auto const question_class = from.u16();
    if (from.broken() || questions != 1) {
        found.problem = response_code::format_error;
        return found;
    }
    found.question = message.substr(header_octets, message.size() - from.left() - header_octets);
    if (question_class != class_internet) found.problem = response_code::refused;
    read_additional(from, before_additional + additional, found);
    return found;
}

std::string write_response(query const& to, response const& what, std::size_t limit) {
    auto message = write_whole(to, what);
    if (message.size() <= limit) return message;
    response cut;
    cut.code = what.code;
    cut.truncated = true;
    return write_whole(to, cut);
}

std::string mx_data(std::uint16_t preference, std::string_view exchange) {
    std::string data;
    append_u16(data, preference);
    append_name(data, exchange);
    return data;
}

std::string name_data(std::string_view name) {
    std::string data;
    append_name(data, name);
    return data;
}

std::string address_data(boost::asio::ip::address const& address) {
    auto const octets = [](auto const& bytes) { return std::string(bytes.begin(), bytes.end()); };
    return address.is_v4() ? octets(address.to_v4().to_bytes()) : octets(address.to_v6().to_bytes());
}

std::string text_data(std::string_view text) {
    constexpr std::size_t longest_string = 255;
    std::string data;
    do {
        auto const part = text.substr(0, longest_string);
        data.push_back(static_cast<char>(part.size()));
        data.append(part);
        text.remove_prefix(part.size());
    } while (!text.empty());
    return data;
}

std::string soa_data(std::string_view zone, std::uint32_t minimum) {
    std::string data;
    append_name(data, "ns." + std::string(zone));
    append_name(data, "hostmaster." + std::string(zone));
    for (std::uint32_t const number : {1u, 3600u, 600u, 86400u, minimum}) append_u32(data, number);
    return data;
}

std::optional<std::string> normal_name(std::string_view name) {
    if (name.ends_with('.')) name.remove_suffix(1);
    if (name.size() > longest_name) return std::nullopt;
    std::string text;
    std::size_t label = 0;
    for (auto const written : name) {
        auto const octet = lower(written);
        auto const ends_label = octet == '.';
        if (ends_label ? label == 0 : !is_name_octet(octet) || label == longest_label) return std::nullopt;
        label = ends_label ? 0 : label + 1;
        text += octet;
    }
    return name.empty() || label != 0 ? std::optional(text) : std::nullopt;
}

}  // namespace testmta::world::dns
