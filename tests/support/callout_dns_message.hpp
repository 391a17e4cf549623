#pragma once

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace test {

using octets = std::vector<unsigned char>;

/// Returns a name as the wire has it, without compression. It ends at the final dot, or has one added.
inline octets wire_name(std::string_view text) {
    octets out;
    while (!text.empty()) {
        auto const end = std::min(text.find('.'), text.size());
        out.push_back(static_cast<unsigned char>(end));
        out.insert(out.end(), text.begin(), text.begin() + static_cast<std::ptrdiff_t>(end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    out.push_back(0);
    return out;
}

inline void put16(octets& out, unsigned value) {
    out.push_back(static_cast<unsigned char>(value >> 8));
    out.push_back(static_cast<unsigned char>(value));
}
inline void put32(octets& out, unsigned value) {
    put16(out, value >> 16);
    put16(out, value & 0xffff);
}

/// Returns a query for the records of a name, as a resolver sends it.
inline octets dns_query(std::string_view name, unsigned type) {
    octets query{0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0};  // number 7, recursion desired, one question
    auto const encoded = wire_name(name);
    query.insert(query.end(), encoded.begin(), encoded.end());
    put16(query, type);
    put16(query, 1);
    return query;
}

/// Where a record of an answer lies; the number is that of its count in the header.
enum class dns_section { answer = 6, authority = 8, additional = 10 };

/// Behind the header and the name of the question (RFC 1035 4.1.2).
inline std::size_t end_of_question_name(octets const& query) {
    std::size_t end = 12;
    while (query[end] != 0) end += query[end] + 1u;
    return end + 1;
}

/// In lower case: the resolver sends it in mixed case.
inline std::string question_name(octets const& query) {
    std::string name;
    for (std::size_t at = 12; query[at] != 0; at += query[at] + 1u) {
        if (!name.empty()) name += '.';
        name.append(query.begin() + std::ptrdiff_t(at) + 1,
                    query.begin() + std::ptrdiff_t(at) + 1 + query[at]);
    }
    for (auto& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return name;
}

inline unsigned question_type(octets const& query) {
    auto const at = end_of_question_name(query);
    return query[at] * 256u + query[at + 1];
}

/// Builds an answer to a query, record by record (RFC 1035 4). Names are not compressed.
class callout_dns_message {
public:
    explicit callout_dns_message(octets const& query) : bytes_(query.begin(), query.begin() + 12) {
        auto const end = end_of_question_name(query) + 4;
        bytes_.insert(bytes_.end(), query.begin() + 12, query.begin() + static_cast<std::ptrdiff_t>(end));
        bytes_[2] = 0x81;  // a response, recursion desired
        bytes_[3] = 0x80;  // recursion available
        std::fill(bytes_.begin() + 6, bytes_.begin() + 12, static_cast<unsigned char>(0));
    }

    callout_dns_message& rcode(unsigned code) {
        bytes_[3] = static_cast<unsigned char>(0x80 | code);
        return *this;
    }
    callout_dns_message& truncated() {
        bytes_[2] |= 2;
        return *this;
    }
    callout_dns_message& a(std::string_view owner, unsigned ttl, std::array<unsigned char, 4> address) {
        return raw(owner, 1, ttl, octets(address.begin(), address.end()));
    }
    callout_dns_message& cname(std::string_view owner, unsigned ttl, std::string_view target) {
        return raw(owner, 5, ttl, wire_name(target));
    }
    callout_dns_message& mx(std::string_view owner, unsigned ttl, unsigned preference,
                            std::string_view exchange) {
        octets data{static_cast<unsigned char>(preference >> 8), static_cast<unsigned char>(preference)};
        auto const target = wire_name(exchange);
        data.insert(data.end(), target.begin(), target.end());
        return raw(owner, 15, ttl, data);
    }
    callout_dns_message& raw(std::string_view owner, unsigned type, unsigned ttl, octets const& data) {
        return append(wire_name(owner), type, ttl, data);
    }
    /// Goes to the authority section; `minimum` is the negative life (RFC 2308).
    callout_dns_message& soa(std::string_view owner, unsigned ttl, unsigned minimum) {
        octets data{0, 0};  // both names are the root
        for (auto const value : {1u, 2u, 3u, 4u, minimum}) put32(data, value);
        return in(dns_section::authority).append(wire_name(owner), 6, ttl, data).in(dns_section::answer);
    }

    /// Records go to this section from now on.
    callout_dns_message& in(dns_section which) {
        section_ = which;
        return *this;
    }
    /// Records are of this class from now on.
    callout_dns_message& of_class(unsigned which) {
        class_ = which;
        return *this;
    }
    /// A record of which every part can be wrong. Its owner is as the wire has it.
    callout_dns_message& append(octets const& owner, unsigned type, unsigned ttl, octets const& data) {
        bytes_.insert(bytes_.end(), owner.begin(), owner.end());
        put16(bytes_, type);
        put16(bytes_, class_);
        put32(bytes_, ttl);
        put16(bytes_, static_cast<unsigned>(data.size()));
        bytes_.insert(bytes_.end(), data.begin(), data.end());
        ++bytes_[static_cast<std::size_t>(section_) + 1];
        return *this;
    }

    octets const& bytes() const { return bytes_; }

private:
    octets bytes_;
    dns_section section_ = dns_section::answer;
    unsigned class_ = 1;  ///< the Internet
};

}  // namespace test
