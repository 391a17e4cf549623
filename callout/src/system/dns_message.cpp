#include "system/dns_message.hpp"

#include <arpa/nameser.h>
#include <resolv.h>

#include <algorithm>
#include <array>

#include "core/ascii.hpp"

namespace callout {
namespace {

namespace ip = boost::asio::ip;
using std::chrono::seconds;

/// Returns the name without its final dot.
std::string normal_name(std::string_view name) {
    auto all = core::in_lower_case(name);
    if (all.ends_with('.')) all.pop_back();
    return all;
}

/// RFC 2181 8: with the highest bit it counts as zero.
constexpr std::uint32_t longest_ttl = 0x7fffffff;

class record {
public:
    std::string owner;
    unsigned type = 0;
    seconds ttl{0};
    std::span<unsigned char const> data;
};

/// A thin wrapper of `ns_msg`.
class message {
public:
    static std::optional<message> parse(std::span<unsigned char const> bytes) {
        message m;
        if (ns_initparse(bytes.data(), static_cast<int>(bytes.size()), &m.handle_) != 0) return std::nullopt;
        return m;
    }

    int rcode() const { return ns_msg_getflag(handle_, ns_f_rcode); }
    /// Returns whether it answers a query: a server may send the question back.
    bool is_answer() const {
        return ns_msg_getflag(handle_, ns_f_qr) != 0 && ns_msg_getflag(handle_, ns_f_opcode) == ns_o_query;
    }
    bool is_truncated() const { return ns_msg_getflag(handle_, ns_f_tc) != 0; }

    /// Returns the Internet's records of a section as far as they can be read; sets `broken` if that is not
    /// to its end.
    std::vector<record> section(ns_sect which, bool& broken) {
        std::vector<record> all;
        for (int i = 0; i < ns_msg_count(handle_, which); ++i) {
            ns_rr rr;
            broken = ns_parserr(&handle_, which, i, &rr) != 0;
            if (broken) break;
            if (ns_rr_class(rr) != ns_c_in) continue;
            record one;
            one.owner = normal_name(ns_rr_name(rr));
            one.type = ns_rr_type(rr);
            one.ttl = seconds(ns_rr_ttl(rr) > longest_ttl ? 0 : ns_rr_ttl(rr));
            one.data = std::span(ns_rr_rdata(rr), ns_rr_rdlen(rr));
            all.push_back(std::move(one));
        }
        return all;
    }

    /// Returns a name within a record's data, `offset` bytes after its beginning.
    std::optional<std::string> name_in(record const& r, std::size_t offset) const {
        if (offset >= r.data.size()) return std::nullopt;
        std::array<char, NS_MAXDNAME> text;
        int const used = ns_name_uncompress(ns_msg_base(handle_), ns_msg_end(handle_), r.data.data() + offset,
                                            text.data(), text.size());
        if (used < 0 || static_cast<std::size_t>(used) > r.data.size() - offset) return std::nullopt;
        return normal_name(text.data());
    }

private:
    ns_msg handle_;
};

constexpr std::size_t soa_fixed_part = 20;  // serial, refresh, retry, expire, minimum (RFC 1035 3.3.13)

/// Returns the lesser of the SOA's TTL and its last field (RFC 2308 5).
seconds negative_ttl(message& m, resolver_options const& options) {
    bool broken = false;
    for (auto const& r : m.section(ns_s_ns, broken)) {
        if (r.type != ns_t_soa || r.data.size() < soa_fixed_part) continue;
        auto const minimum = ns_get32(r.data.data() + r.data.size() - 4);
        return std::clamp(std::min(r.ttl, seconds(minimum)), seconds(0), options.negative_ttl);
    }
    return options.negative_ttl;
}

template <class Address>
bool add_address(dns_answer& answer, record const& r) {
    typename Address::bytes_type bytes;
    if (r.data.size() != bytes.size()) return false;
    std::ranges::copy(r.data, bytes.begin());
    answer.addresses.emplace_back(Address(bytes));
    return true;
}

bool add_exchange(dns_answer& answer, message const& m, record const& r) {
    if (r.data.size() < 3) return false;
    auto const exchange = m.name_in(r, 2);
    if (!exchange) return false;
    answer.exchanges.emplace_back(static_cast<std::uint16_t>(ns_get16(r.data.data())), *exchange);
    return true;
}

bool add(dns_answer& answer, message const& m, record const& r) {
    switch (record_type(r.type)) {
        case record_type::a: return add_address<ip::address_v4>(answer, r);
        case record_type::aaaa: return add_address<ip::address_v6>(answer, r);
        case record_type::mx: return add_exchange(answer, m, r);
        case record_type::cname: break;
    }
    return false;
}

dns_reading failed(std::string why, bool try_elsewhere) {
    dns_reading reading;
    reading.answer = dns_answer(dns_outcome::failed, std::move(why));
    reading.try_elsewhere = try_elsewhere;
    return reading;
}

struct rcode_name {
    int value;
    char const* text;
};
constexpr auto rcode_names = std::to_array<rcode_name>({
    {ns_r_formerr, "FORMERR"},
    {ns_r_servfail, "SERVFAIL"},
    {ns_r_notimpl, "NOTIMP"},
    {ns_r_refused, "REFUSED"},
});

std::string text_of_rcode(int rcode) {
    auto const found = std::ranges::find(rcode_names, rcode, &rcode_name::value);
    return found == rcode_names.end() ? "rcode " + std::to_string(rcode) : found->text;
}

/// Follows the chain of CNAMEs through the records, whatever their order; nothing if it never ends.
std::optional<std::string> end_of_chain(message const& m, std::vector<record> const& records,
                                        std::string name, resolver_options const& options, seconds& ttl) {
    for (std::size_t steps = 0; steps <= options.max_cname; ++steps) {
        auto const next = std::ranges::find_if(
            records, [&](record const& r) { return r.type == ns_t_cname && r.owner == name; });
        if (next == records.end()) return name;
        auto const target = m.name_in(*next, 0);
        if (!target) return std::nullopt;
        ttl = std::min(ttl, next->ttl);
        name = *target;
    }
    return std::nullopt;
}

}  // namespace

dns_reading read_dns_message(std::span<unsigned char const> bytes, std::string const& name, record_type type,
                             resolver_options const& options) {
    auto m = message::parse(bytes);
    if (!m || !m->is_answer()) return failed("broken answer", true);
    if (m->is_truncated()) return failed("truncated answer", true);  // c-ares has asked over TCP already
    auto const rcode = m->rcode();
    if (rcode != ns_r_noerror && rcode != ns_r_nxdomain) {
        auto reading = failed(text_of_rcode(rcode), true);
        reading.try_without_edns = rcode == ns_r_formerr || rcode == ns_r_notimpl;
        return reading;
    }

    bool broken = false;
    auto const records = m->section(ns_s_an, broken);
    auto ttl = options.max_ttl;
    auto const asked = normal_name(name);
    auto const canonical = end_of_chain(*m, records, asked, options, ttl);
    if (broken) return failed("broken answer", true);
    if (!canonical) return failed("the CNAME chain does not end", false);

    dns_reading reading;
    reading.answer.name = *canonical;
    for (auto const& r : records) {
        if (r.owner != *canonical || r.type != static_cast<unsigned>(type)) continue;
        if (!add(reading.answer, *m, r)) return failed("broken record", true);
        ttl = std::min(ttl, r.ttl);
    }
    bool const any = !reading.answer.addresses.empty() || !reading.answer.exchanges.empty();
    if (any) {
        reading.answer.outcome = dns_outcome::ok;
        reading.answer.ttl = std::max(ttl, options.min_ttl);
        return reading;
    }
    reading.answer.outcome = rcode == ns_r_nxdomain ? dns_outcome::no_domain : dns_outcome::no_data;
    reading.answer.ttl = negative_ttl(*m, options);
    if (*canonical != asked && rcode == ns_r_noerror) reading.continue_at = *canonical;
    return reading;
}

}  // namespace callout
