#include "core/reply_words.hpp"

#include <algorithm>
#include <boost/asio/ip/address_v6.hpp>
#include <boost/spirit/home/x3.hpp>

#include "core/ascii.hpp"

namespace callout::core {
namespace {

// Whoever owns a zone writes its server's replies: what is read of one has bounds, and no step looks far
// ahead.
constexpr std::size_t most_words = 256;
constexpr std::size_t longest_name = 320;  ///< RFC 3696: 64 bytes, @, 255 bytes

namespace names_grammar {

namespace x3 = boost::spirit::x3;

x3::uint_parser<unsigned, 10, 1, 3> constexpr small{};
auto const digit = x3::char_("0-9");
// Bytes beyond ASCII are letters of some language.
auto const letter = x3::char_("a-z0-9'") | x3::char_('\x80', '\xff');

auto const ipv4 = x3::repeat(3)[small >> '.'] >> small >> !(-x3::lit('.') >> digit);
auto const ipv6 = -x3::lit("ipv6:") >> x3::raw[x3::repeat(2, 45)[x3::char_("0-9a-f:.")]];
auto const link = (x3::lit("http://") | "https://" | "www.") >> *(x3::graph - x3::char_("<>\"'()[]"));
auto const atom = x3::char_("a-z0-9.!#$%&'*+/=?^_`{|}~-") | x3::char_('\x80', '\xff');
auto const address = x3::repeat(1, 128)[atom] >> '@' >> +x3::char_("a-z0-9.-");
auto const word = +letter;

x3::rule<class enhanced_code_tag, enhanced_code> const code = "enhanced code";
auto const to_code = [](auto& context) {
    using boost::fusion::at_c;
    auto const& all = x3::_attr(context);
    x3::_val(context) = {static_cast<std::uint8_t>(at_c<0>(all)), static_cast<std::uint16_t>(at_c<1>(all)),
                         static_cast<std::uint16_t>(at_c<2>(all))};
};
auto const code_def = (small >> '.' >> small >> '.' >> small >> !(-x3::lit('.') >> digit))[to_code];
BOOST_SPIRIT_DEFINE(code)

}  // namespace names_grammar

/// Returns how much of the text the parser takes; zero if it does not fit.
template <class Parser>
std::size_t length_of(Parser const& what, std::string_view text) {
    auto at = text.begin();
    if (!boost::spirit::x3::parse(at, text.end(), what)) return 0;
    return static_cast<std::size_t>(at - text.begin());
}

/// Returns the length of the IPv6 address that the text begins with; zero if it does not.
std::size_t ipv6_length(std::string_view text) {
    std::string address;
    auto at = text.begin();
    if (!boost::spirit::x3::parse(at, text.end(), names_grammar::ipv6, address)) return 0;
    bool const has_groups = std::ranges::count(address, ':') >= 2;
    boost::system::error_code wrong;
    if (has_groups) boost::asio::ip::make_address_v6(address, wrong);
    return has_groups && !wrong ? static_cast<std::size_t>(at - text.begin()) : 0;
}

/// Returns whether a name can go on with this character.
bool continues_name(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '@' ||
           static_cast<unsigned char>(c) >= 0x80;
}

/// Returns the local part without quotes and backslashes, as many servers repeat it.
std::string unquoted(std::string local_part) {
    if (local_part.starts_with('"')) std::erase_if(local_part, [](char c) { return c == '"' || c == '\\'; });
    return local_part;
}

/// Cuts a text into words, from left to right.
class cutter {
public:
    cutter(std::string_view text, names_in_reply const& names, std::vector<std::string> const& kept_of_links)
        : text_(text), kept_of_links_(kept_of_links) {
        auto const asked = in_lower_case(names.asked);
        auto const at = asked.rfind('@');
        for (auto const& one : names.senders) {
            if (!one.empty()) senders_.push_back(in_lower_case(one));
        }
        add_name(asked);
        add_name(in_lower_case(names.host));
        add_name(in_lower_case(names.helo));
        if (at == asked.npos) return;
        whole_ = asked;
        asked_ = asked.substr(0, at);
        add_name(asked.substr(at + 1));
        if (!word_of_local_part(asked).empty()) return;
        add_name(asked.substr(0, at));
        add_name(unquoted(asked.substr(0, at)));
    }

    std::vector<std::string> words() {
        while (at_ < text_.size() && words_.size() < most_words) step();
        return std::move(words_);
    }

private:
    void add_name(std::string name) {
        if (!name.empty()) names_.push_back(std::move(name));
    }
    std::string_view rest() const { return text_.substr(at_); }

    void step() {
        auto const within = rest();
        if (within.front() == '<') return bracket();
        if (auto const n = sender_length()) return take(n, sender_word);
        if (auto const n = name_length()) return skip(n);
        if (auto const n = length_of(names_grammar::link, within)) return link(n);
        if (begins_word()) {
            if (auto const n = length_of(names_grammar::ipv4, within)) return take(n, ip_word);
            if (auto const n = ipv6_length(within)) return take(n, ip_word);
            if (auto const n = length_of(names_grammar::address, within)) return address(n);
        }
        if (auto const n = length_of(names_grammar::word, within)) return word(n);
        skip(1);
    }

    bool begins_word() const {
        if (at_ == 0) return true;
        bool const within_name = at_ > 1 && text_[at_ - 1] == '.' && continues_name(text_[at_ - 2]);
        return !within_name && !continues_name(text_[at_ - 1]);
    }

    void skip(std::size_t n) { at_ += n; }
    void take(std::size_t n, std::string_view as) {
        words_.emplace_back(as);
        skip(n);
    }

    void word(std::size_t n) {
        std::string one(rest().substr(0, n));
        std::erase(one, '\'');
        if (!one.empty()) words_.push_back(std::move(one));
        skip(n);
    }

    /// `<>`, an address, a name with the client's IP address in it, or a link.
    void bracket() {
        auto const within = rest();
        // A quoted local part may hold the other bracket.
        if (!whole_.empty() && within.substr(1).starts_with(whole_)) return skip(1 + whole_.size());
        auto const end = within.substr(0, longest_name).find('>');
        if (end == within.npos) return skip(1);
        auto const inside = within.substr(1, end - 1);
        if (inside.empty()) return take(end + 1, null_word);
        if (std::ranges::find(senders_, inside) != senders_.end()) return take(end + 1, sender_word);
        bool const holds_more = inside.find("://") != inside.npos || inside.find('<') != inside.npos;
        if (holds_more) return skip(1);  // it is read next
        if (is_address(inside)) {
            name_other(inside);
        } else if (holds_ip(inside)) {
            words_.emplace_back(ip_word);
        }
        skip(end + 1);
    }

    static bool is_address(std::string_view text) { return text.find('@') != text.npos; }

    void address(std::size_t n) {
        name_other(rest().substr(0, n));
        skip(n);
    }

    /// Servers rewrite addresses: one with the same local part is the one that was asked about.
    void name_other(std::string_view address) {
        auto const local_part = address.substr(0, address.rfind('@'));
        auto const without_tag = asked_.substr(0, asked_.find('+'));
        bool const same = asked_.empty() || local_part == asked_ || local_part == without_tag;
        bool const is_offered = !words_.empty() && words_.back() == "try";  // RFC 5321's words for 551
        if (!same || is_offered) words_.emplace_back(other_word);
    }

    void link(std::size_t n) {
        auto const text = rest().substr(0, n);
        for (std::size_t i = 0; i < text.size();) {
            auto const length = length_of(names_grammar::word, text.substr(i));
            auto const one = text.substr(i, length);
            bool const kept = length > 0 && std::ranges::find(kept_of_links_, one) != kept_of_links_.end();
            if (kept) words_.emplace_back(one);
            i += std::max<std::size_t>(length, 1);
        }
        if (holds_ip(text)) words_.emplace_back(ip_word);
        skip(n);
    }

    static bool holds_ip(std::string_view text) {
        for (std::size_t i = 0; i < text.size(); ++i) {
            bool const begins = i == 0 || !(continues_name(text[i - 1]) || text[i - 1] == '.');
            if (begins && length_of(names_grammar::ipv4, text.substr(i)) > 0) return true;
        }
        return false;
    }

    std::size_t sender_length() const { return longest_of(senders_); }
    std::size_t name_length() const { return longest_of(names_); }

    /// Returns the length of the longest of these that stands here as a whole word.
    std::size_t longest_of(std::vector<std::string> const& all) const {
        if (!begins_word()) return 0;
        std::size_t longest = 0;
        for (auto const& one : all) {
            if (!rest().starts_with(one)) continue;
            auto const after = rest().substr(one.size());
            bool const ends = after.empty() || !continues_name(after.front());
            bool const goes_on = after.size() > 1 && after[0] == '.' && continues_name(after[1]);
            if (ends && !goes_on) longest = std::max(longest, one.size());
        }
        return longest;
    }

    std::string_view text_;
    std::vector<std::string> const& kept_of_links_;
    std::string whole_;  ///< the address that was asked about
    std::string asked_;  ///< its local part
    std::vector<std::string> senders_;
    std::vector<std::string> names_;
    std::vector<std::string> words_;
    std::size_t at_ = 0;
};

}  // namespace

std::string text_of(reply const& r) {
    std::string text;
    for (auto const line : r.lines) text += in_lower_case(line) + ' ';
    return text;
}

std::vector<std::string> words_of(reply const& r, names_in_reply const& names,
                                  std::vector<std::string> const& kept_of_links) {
    auto const text = text_of(r);
    return cutter(text, names, kept_of_links).words();
}

std::string word_of_local_part(std::string_view address) {
    auto const local_part = in_lower_case(address.substr(0, address.rfind('@')));
    auto const is_letter = [](char c) { return c >= 'a' && c <= 'z'; };
    return std::ranges::all_of(local_part, is_letter) ? local_part : std::string();
}

std::optional<enhanced_code> enhanced_code_in(reply const& r) {
    if (r.enhanced) return r.enhanced;
    for (auto const line : r.lines) {
        for (auto at = line.find_first_of("#(["); at != line.npos; at = line.find_first_of("#([", at + 1)) {
            enhanced_code found;
            auto from = line.begin() + static_cast<std::ptrdiff_t>(at) + 1;
            if (!boost::spirit::x3::parse(from, line.end(), names_grammar::code, found)) continue;
            if (found.cls == r.code / 100) return found;
        }
    }
    return std::nullopt;
}

}  // namespace callout::core
