#include "system/dns_message.hpp"

#include <arpa/nameser.h>

#include <algorithm>
#include <array>

#include "core/ascii.hpp"
#include "core/dns_limits.hpp"
#include "core/dns_wire.hpp"

namespace callout {
namespace {

namespace ip = boost::asio::ip;
using std::chrono::seconds;

/// RFC 2181 8: with the highest bit it counts as zero.
constexpr std::uint32_t longest_ttl = 0x7fffffff;

constexpr std::size_t soa_fixed_part = 20;  // serial, refresh, retry, expire, minimum (RFC 1035 3.3.13)

seconds ttl_of(core::dns_record const& r) {
    return seconds(r.ttl > longest_ttl ? 0 : r.ttl);
}

bool is_internet(core::dns_record const& r) {
    return r.of_class == ns_c_in;
}

dns_reading failed(std::string why) {
    dns_reading reading;
    reading.answer = dns_answer(dns_outcome::failed, std::move(why));
    reading.try_elsewhere = true;
    return reading;
}

dns_reading broken() {
    return failed("broken answer");
}

/// What another server would say as well.
dns_reading failed_everywhere(std::string why) {
    auto reading = failed(std::move(why));
    reading.try_elsewhere = false;
    return reading;
}

struct rcode_name {
    unsigned value;
    char const* text;
};
constexpr auto rcode_names = std::to_array<rcode_name>({
    {ns_r_formerr, "FORMERR"},
    {ns_r_servfail, "SERVFAIL"},
    {ns_r_notimpl, "NOTIMP"},
    {ns_r_refused, "REFUSED"},
    {ns_r_badvers, "BADVERS"},
});

std::string text_of_rcode(unsigned rcode) {
    auto const found = std::ranges::find(rcode_names, rcode, &rcode_name::value);
    return found == rcode_names.end() ? "rcode " + std::to_string(rcode) : found->text;
}

bool is_an_answer(unsigned rcode) {
    return rcode == ns_r_noerror || rcode == ns_r_nxdomain;
}

dns_reading refused(unsigned rcode) {
    auto reading = failed(text_of_rcode(rcode));
    reading.try_without_edns = rcode == ns_r_formerr || rcode == ns_r_notimpl || rcode == ns_r_badvers;
    return reading;
}

/// Reads what a message says about the records of one name.
class answer_reader {
public:
    answer_reader(core::dns_wire message, std::string_view name, record_type type,
                  resolver_options const& options)
        : message_(std::move(message)),
          name_(name),
          asked_(core::in_lower_case(name)),
          canonical_(asked_),
          type_(type),
          options_(options),
          ttl_(options.max_ttl) {}

    bool repeats_question(core::letter_case letters) {
        auto const& q = message_.question();
        return q.type == static_cast<unsigned>(type_) && q.of_class == ns_c_in &&
               message_.is_name(q.name, name_, letters);
    }

    /// The upper eight bits are in the OPT record (RFC 6891 6.1.3).
    unsigned rcode(core::dns_header const& header) const {
        auto const records = message_.records(core::dns_header::additional);
        auto const opt = std::ranges::find(records, ns_t_opt, &core::dns_record::type);
        return header.rcode() | (opt == records.end() ? 0 : opt->ttl >> 24 << 4);
    }

    dns_reading read(unsigned rcode) {
        auto const trouble = follow_aliases();
        auto reading = trouble ? *trouble : read_records(rcode);
        if (message_.is_broken()) reading = broken();
        reading.steps = message_.steps();
        return reading;
    }

private:
    using record = core::dns_record;

    bool is_about(record const& r, unsigned type, std::string_view name) {
        return r.type == type && is_internet(r) && message_.is_name(r.owner, name);
    }

    /// Follows the chain of CNAMEs through the records, whatever their order. Returns what is wrong with it.
    std::optional<dns_reading> follow_aliases() {
        auto const records = message_.records(core::dns_header::answer);
        for (std::size_t steps = 0; steps <= options_.max_cname; ++steps) {
            auto const next = std::ranges::find_if(
                records, [&](record const& r) { return is_about(r, ns_t_cname, canonical_); });
            if (next == records.end()) return std::nullopt;
            if (!ends_with_name(*next, 0)) return failed("broken record");
            auto target = message_.host_name(next->data);
            if (!target) return failed_everywhere("an alias of a name that cannot be a host's");
            ttl_ = std::min(ttl_, ttl_of(*next));
            canonical_ = *std::move(target);
        }
        return failed_everywhere("the CNAME chain does not end");
    }

    dns_reading read_records(unsigned rcode) {
        dns_reading reading;
        reading.answer.name = canonical_;
        bool any = false;
        for (auto const& r : message_.records(core::dns_header::answer)) {
            if (!is_about(r, static_cast<unsigned>(type_), canonical_)) continue;
            if (!add(r, reading.answer)) return failed("broken record");
            ttl_ = std::min(ttl_, ttl_of(r));
            any = true;
        }
        if (!any) return without_records(rcode, std::move(reading));
        reading.answer.outcome = dns_outcome::ok;
        reading.answer.ttl = std::max(ttl_, options_.min_ttl);
        return reading;
    }

    dns_reading without_records(unsigned rcode, dns_reading reading) const {
        bool const is_alias = canonical_ != asked_;
        if (rcode == ns_r_noerror && !is_alias && is_referral()) return failed("a referral, not an answer");
        reading.answer.outcome = rcode == ns_r_nxdomain ? dns_outcome::no_domain : dns_outcome::no_data;
        reading.answer.ttl = negative_ttl();
        if (is_alias && rcode == ns_r_noerror) reading.continue_at = canonical_;
        return reading;
    }

    /// RFC 2308 2.2: NODATA comes with an SOA, or without NS records. NS records alone say only whom to ask
    /// instead, which is the work of the server that we asked. One that recurses has nothing to refer to, but
    /// a forwarder may set RA in what a server behind it said that does not recurse. What the owner of the NS
    /// records is tells nothing: it is the root, the zone, or a zone below it.
    bool is_referral() const {
        auto const has = [&](unsigned type) {
            return std::ranges::any_of(message_.records(core::dns_header::authority),
                                       [&](record const& r) { return r.type == type && is_internet(r); });
        };
        return has(ns_t_ns) && !has(ns_t_soa);
    }

    /// Returns the lesser of the SOA's TTL and its last field (RFC 2308 5).
    seconds negative_ttl() const {
        for (auto const& r : message_.records(core::dns_header::authority)) {
            if (r.type != ns_t_soa || !is_internet(r) || r.size < soa_fixed_part) continue;
            auto const minimum = message_.u32(r.data + r.size - 4);
            return std::clamp(std::min(ttl_of(r), seconds(minimum)), seconds(0), options_.negative_ttl);
        }
        return options_.negative_ttl;
    }

    bool add(record const& r, dns_answer& answer) {
        switch (type_) {
            case record_type::a: return add_address<ip::address_v4>(r, answer);
            case record_type::aaaa: return add_address<ip::address_v6>(r, answer);
            case record_type::mx: return add_exchange(r, answer);
            case record_type::cname: break;
        }
        return false;
    }

    template <class Address>
    bool add_address(record const& r, dns_answer& answer) {
        typename Address::bytes_type bytes;
        if (r.size != bytes.size()) return false;
        if (answer.addresses.size() == core::most_addresses) {
            ++answer.left_out;
            return true;
        }
        std::ranges::copy(message_.data(r), bytes.begin());
        answer.addresses.emplace_back(Address(bytes));
        return true;
    }

    /// Keeps the exchanges of best preference in their order.
    bool add_exchange(record const& r, dns_answer& answer) {
        if (r.size < 3 || !ends_with_name(r, 2)) return false;
        auto const preference = message_.u16(r.data);
        auto& kept = answer.exchanges;
        bool const is_full = kept.size() == core::most_exchanges;
        bool const is_late = is_full && preference >= kept.back().preference;
        auto name = is_late ? std::nullopt : message_.host_name(r.data + 2);
        if (message_.is_broken()) return false;
        if (is_full || !name) ++answer.left_out;
        if (!name) return true;
        if (is_full) kept.pop_back();
        kept.emplace(std::ranges::upper_bound(kept, preference, {}, &mx_record::preference), preference,
                     *std::move(name));
        return true;
    }

    bool ends_with_name(record const& r, std::size_t offset) {
        return message_.fills(r.data + offset, r.data + std::size_t{r.size});
    }

    core::dns_wire message_;
    std::string_view name_;
    std::string const asked_;
    std::string canonical_;  ///< where the chain of aliases ends
    record_type type_;
    resolver_options const& options_;
    seconds ttl_;  ///< the least so far
};

}  // namespace

dns_reading read_dns_message(std::span<unsigned char const> bytes, std::string const& name, record_type type,
                             resolver_options const& options) {
    auto const header = core::dns_header::read(bytes);
    if (!header || !header->is_response() || header->opcode() != ns_o_query) return broken();
    if (!is_an_answer(header->rcode())) return refused(header->rcode());
    if (header->is_truncated()) return failed("truncated answer");  // c-ares has asked over TCP already
    auto message = core::dns_wire::read(bytes);
    if (!message) return broken();
    answer_reader reader(*std::move(message), name, type, options);
    auto const rcode = reader.rcode(*header);
    if (!is_an_answer(rcode)) return refused(rcode);
    if (!reader.repeats_question(core::letter_case::ignored)) return broken();
    if (!header->offers_recursion()) return failed("the name server does not recurse");
    auto reading = reader.read(rcode);
    reading.has_other_letters = !reader.repeats_question(core::letter_case::counts);
    return reading;
}

}  // namespace callout
