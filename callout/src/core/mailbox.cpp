#include "callout/mailbox.hpp"

#include <idn2.h>

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <boost/fusion/include/adapt_struct.hpp>
#include <boost/spirit/home/x3.hpp>
#include <memory>

#include "core/ascii.hpp"

namespace callout {
namespace {

constexpr std::size_t usual_local_part = 64;  // RFC 5321 4.5.3.1.1
constexpr std::size_t max_address = 320;      // local part, @ and domain at their limits: 64, 1 and 255
constexpr std::size_t max_domain = 253;       // RFC 1035 2.3.4, in presentation form
constexpr std::size_t max_label = 63;

struct parts {
    std::string local_part;
    std::string domain;
};

}  // namespace
}  // namespace callout

BOOST_FUSION_ADAPT_STRUCT(callout::parts, local_part, domain)

namespace callout {
namespace {

/// RFC 5321 4.1.2 with the bytes of RFC 6531 3.3, and beyond it what mail servers take all the same: dots
/// anywhere in a local part (docomo), RFC 5322's specials that open nothing, `_` and `-` anywhere in a
/// domain. Brackets, spaces, and quotes that are not closed stay out: they could end a command's argument
/// early. Every rule yields the bytes that it took.
namespace grammar {

namespace x3 = boost::spirit::x3;
using x3::char_;
using x3::lit;
using x3::raw;

template <class Tag>
using text = x3::rule<Tag, std::string>;

// One character outside ASCII (RFC 3629 4), without the C1 controls U+0080..U+009F: a terminal would obey
// them.
constexpr char byte(int value) {
    return static_cast<char>(value);
}
auto const tail = char_(byte(0x80), byte(0xbf));
auto const two = (lit(byte(0xc2)) >> char_(byte(0xa0), byte(0xbf))) | (char_(byte(0xc3), byte(0xdf)) >> tail);
auto const three = (lit(byte(0xe0)) >> char_(byte(0xa0), byte(0xbf)) >> tail) |
                   (char_(byte(0xe1), byte(0xec)) >> tail >> tail) |
                   (lit(byte(0xed)) >> char_(byte(0x80), byte(0x9f)) >> tail) |
                   (char_(byte(0xee), byte(0xef)) >> tail >> tail);
auto const four = (lit(byte(0xf0)) >> char_(byte(0x90), byte(0xbf)) >> tail >> tail) |
                  (char_(byte(0xf1), byte(0xf3)) >> tail >> tail >> tail) |
                  (lit(byte(0xf4)) >> char_(byte(0x80), byte(0x8f)) >> tail >> tail);
auto const beyond_ascii = x3::omit[two | three | four];

auto const letter_or_digit = char_("A-Za-z0-9") | beyond_ascii;
auto const atext = char_("A-Za-z0-9!#$%&'*+/=?^_`{|}~-") | beyond_ascii;
auto const dot_or_special = char_(".,:;()") | char_('[') | char_(']');
auto const qtext = char_(" !#-[") | char_("]-~") | beyond_ascii;
auto const quoted_pair = lit('\\') >> char_(" -~");

text<class local_part_tag> const local_part = "local part";
auto const local_part_def = raw[+(atext | dot_or_special) | (lit('"') >> *(qtext | quoted_pair) >> '"')];

text<class name_tag> const name = "domain name";
auto const label = +(letter_or_digit | char_("_-"));
auto const name_def = raw[label % '.'];

text<class literal_tag> const literal = "address literal";
auto const literal_def = raw[lit('[') >> +char_("0-9A-Za-z.:") >> ']'];

x3::rule<class source_route_tag> const source_route = "source route";
auto const source_route_def = x3::omit[(lit('@') >> (name | literal)) % ',' >> ':'];

x3::rule<class mailbox_tag, parts> const mailbox = "mailbox";
auto const mailbox_def = -source_route >> local_part >> '@' >> (name | literal);

BOOST_SPIRIT_DEFINE(local_part, name, literal, source_route, mailbox)

}  // namespace grammar

template <class Rule, class Attribute>
bool parse_all(std::string_view input, Rule const& rule, Attribute& into) {
    auto at = input.begin();
    return boost::spirit::x3::parse(at, input.end(), rule, into) && at == input.end();
}

bool is_control(char c) {
    return (c >= 0 && c < 0x20) || c == 0x7f;
}
bool is_beyond_ascii(char c) {
    return c < 0;
}

std::string_view without_brackets(std::string_view path) {
    bool const bracketed = path.size() >= 2 && path.front() == '<' && path.back() == '>';
    return bracketed ? path.substr(1, path.size() - 2) : path;
}

constexpr std::string_view ipv6_tag = "ipv6:";

bool starts_with_tag(std::string_view text) {
    auto const same = [](char a, char b) { return a == b || (a >= 'A' && a <= 'Z' && a - 'A' + 'a' == b); };
    return text.size() > ipv6_tag.size() &&
           std::ranges::equal(text.substr(0, ipv6_tag.size()), ipv6_tag, same);
}

/// Returns the address within `[192.0.2.1]` or `[IPv6:2001:db8::1]` (RFC 5321 4.1.3).
std::optional<boost::asio::ip::address> literal_address(std::string_view domain) {
    auto text = domain.substr(1, domain.size() - 2);
    bool const tagged = starts_with_tag(text);
    if (tagged) text.remove_prefix(ipv6_tag.size());
    boost::system::error_code ignored;
    auto const address = boost::asio::ip::make_address(text, ignored);
    if (ignored || address.is_v6() != tagged) return std::nullopt;
    return address;
}

result<std::string> normal_literal(std::string_view domain) {
    auto const address = literal_address(domain);
    if (!address) return errc::address_syntax;
    return (address->is_v6() ? "[IPv6:" : "[") + address->to_string() + ']';
}

result<void> check_lengths(std::string_view name) {
    if (name.size() > max_domain) return errc::domain_too_long;
    for (std::size_t begin = 0; begin < name.size();) {
        auto const end = std::min(name.find('.', begin), name.size());
        if (end - begin > max_label) return errc::label_too_long;
        begin = end + 1;
    }
    return {};
}

errc cause_of(int idn2_status) {
    switch (idn2_status) {
        case IDN2_TOO_BIG_DOMAIN: return errc::domain_too_long;
        case IDN2_TOO_BIG_LABEL: return errc::label_too_long;
        default: return errc::domain_not_idna;
    }
}

/// Maps a name by UTS-46, non-transitional (RFC 5891 5). The mapping leaves characters out and makes dots and
/// other ASCII of some, so the result may not be a valid name although the input was.
result<std::string> to_a_labels(std::string const& name) {
    constexpr int how = IDN2_NONTRANSITIONAL | IDN2_NFC_INPUT;
    char* out = nullptr;
    int const status = idn2_to_ascii_8z(name.c_str(), &out, how);
    std::unique_ptr<char, decltype(&idn2_free)> const owner(out, [](void* p) { idn2_free(p); });
    if (status != IDN2_OK) return cause_of(status);
    std::string converted;
    if (!parse_all(std::string_view(out), grammar::name, converted)) return errc::domain_not_idna;
    return converted;
}

/// Returns the name as it stands in DNS. A name of ASCII alone stays as it is, whatever IDNA says about its
/// hyphens ("ab--cd") or the characters after an "xn--": the grammar has checked its letters, digits and
/// hyphens.
result<std::string> in_a_labels(std::string name) {
    if (std::ranges::any_of(name, is_beyond_ascii)) return to_a_labels(name);
    return core::in_lower_case(name);
}

result<std::string> normal_name(std::string const& name) {
    auto converted = in_a_labels(name);
    if (!converted) return converted;
    if (auto const fits = check_lengths(*converted); !fits) return fits.error();
    if (converted->find('.') == std::string::npos) return errc::domain_single_label;
    return converted;
}

bool is_too_long(std::string_view local_part, std::string_view domain) {
    return local_part.size() + 1 + domain.size() > max_address;
}

bool has_odd_dots(std::string_view local_part) {
    return local_part.starts_with('.') || local_part.ends_with('.') ||
           local_part.find("..") != local_part.npos;
}

bool has_odd_hyphens(std::string_view domain) {
    return domain.starts_with('-') || domain.ends_with('-') || domain.find("-.") != domain.npos ||
           domain.find(".-") != domain.npos;
}

}  // namespace

result<mailbox> mailbox::parse(std::string_view path) {
    if (std::ranges::any_of(path, is_control)) return errc::address_control_character;
    auto bare = without_brackets(path);
    if (bare.empty()) return errc::address_empty;
    if (bare.ends_with('.')) bare.remove_suffix(1);  // an absolute name, as in DNS
    parts found;
    if (!parse_all(bare, grammar::mailbox, found)) return errc::address_syntax;
    if (is_too_long(found.local_part, found.domain)) return errc::address_too_long;
    auto domain = found.domain.starts_with('[') ? normal_literal(found.domain) : normal_name(found.domain);
    if (!domain) return domain.error();
    if (is_too_long(found.local_part, *domain)) return errc::address_too_long;  // A-labels are longer
    return mailbox(std::move(found.local_part), *std::move(domain));
}

std::string_view mailbox::beyond_rfc5321() const noexcept {
    bool const is_quoted = local_part_.starts_with('"');
    if (!is_quoted && has_odd_dots(local_part_)) return "a dot in the local part has no letter beside it";
    if (!is_quoted && local_part_.find_first_of(",:;()[]") != local_part_.npos)
        return "the local part has special characters without quotes";
    if (local_part_.size() > usual_local_part) return "the local part is longer than 64 bytes";
    if (!is_literal() && domain_.find('_') != domain_.npos) return "the domain has an underscore";
    if (!is_literal() && has_odd_hyphens(domain_))
        return "a label of the domain begins or ends with a hyphen";
    return {};
}

bool mailbox::needs_smtputf8() const noexcept {
    return std::ranges::any_of(local_part_, is_beyond_ascii);
}

std::optional<boost::asio::ip::address> mailbox::literal() const {
    return is_literal() ? literal_address(domain_) : std::nullopt;
}

}  // namespace callout
