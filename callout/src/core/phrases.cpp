#include "callout/core/phrases.hpp"

#include <algorithm>
#include <array>
#include <boost/spirit/home/x3.hpp>

namespace callout::core {
namespace {

struct phrase {
    topic what;
    std::string_view text;  ///< in lower case
};

/// Words that servers use, from the texts of Postfix, Exim, Sendmail, qmail, Exchange and the large
/// providers.
constexpr auto phrases = std::to_array<phrase>({
    {topic::self, "blacklist"},
    {topic::self, "blocklist"},
    {topic::self, "block list"},
    {topic::self, "blocked"},
    {topic::self, "dnsbl"},
    {topic::self, "rbl"},
    {topic::self, "spamhaus"},
    {topic::self, "spamcop"},
    {topic::self, "barracuda"},
    {topic::self, "mimecast"},
    {topic::self, "proofpoint"},
    {topic::self, "abusix"},
    {topic::self, "reputation"},
    {topic::self, "banned"},
    {topic::self, "poor sender"},
    {topic::self, "reverse dns"},
    {topic::self, "reverse hostname"},
    {topic::self, "rdns"},
    {topic::self, "ptr record"},
    {topic::self, "helo command"},
    {topic::self, "helo name"},
    {topic::self, "ehlo"},
    {topic::self, "spf"},
    {topic::self, "dmarc"},
    {topic::self, "authentication required"},
    {topic::self, "starttls"},
    {topic::self, "dynamic"},
    {topic::self, "residential"},
    {topic::self, "rate limit"},
    {topic::self, "too many connections"},
    {topic::self, "access denied"},
    {topic::self, "client host rejected"},

    {topic::address, "user unknown"},
    {topic::address, "unknown user"},
    {topic::address, "no such user"},
    {topic::address, "no such mailbox"},
    {topic::address, "no such recipient"},
    {topic::address, "no such address"},
    {topic::address, "no mailbox here"},
    {topic::address, "mailbox not found"},
    {topic::address, "mailbox unavailable"},
    {topic::address, "user not found"},
    {topic::address, "recipient not found"},
    {topic::address, "recipient unknown"},
    {topic::address, "unknown recipient"},
    {topic::address, "address unknown"},
    {topic::address, "unknown address"},
    {topic::address, "does not exist"},
    {topic::address, "doesn't exist"},
    {topic::address, "doesn't have a"},
    {topic::address, "invalid recipient"},
    {topic::address, "invalid mailbox"},
    {topic::address, "unrouteable"},
    {topic::address, "unknown local part"},
    {topic::address, "utilisateur inconnu"},
    {topic::address, "destinataire inconnu"},
    {topic::address, "usuario desconocido"},
    {topic::address, "unbekannter benutzer"},
    {topic::address, "empfaenger unbekannt"},

    {topic::disabled, "account disabled"},
    {topic::disabled, "account is disabled"},
    {topic::disabled, "account has been disabled"},
    {topic::disabled, "mailbox disabled"},
    {topic::disabled, "account inactive"},
    {topic::disabled, "account is inactive"},
    {topic::disabled, "account closed"},
    {topic::disabled, "account discontinued"},
    {topic::disabled, "has been discontinued"},

    {topic::full, "over quota"},
    {topic::full, "overquota"},
    {topic::full, "quota exceeded"},
    {topic::full, "exceeded its quota"},
    {topic::full, "mailbox full"},
    {topic::full, "mailbox is full"},
    {topic::full, "insufficient storage"},
    {topic::full, "out of storage"},

    {topic::greylist, "greylist"},
    {topic::greylist, "graylist"},
    {topic::greylist, "grey-list"},
    {topic::greylist, "gray-list"},
    {topic::greylist, "grey list"},
    {topic::greylist, "postgrey"},
    {topic::later, "try again"},
    {topic::later, "deferred"},

    {topic::relay, "relay access denied"},
    {topic::relay, "relaying denied"},
    {topic::relay, "relay denied"},
    {topic::relay, "relay not permitted"},
    {topic::relay, "unable to relay"},
    {topic::relay, "not local"},
    {topic::relay, "rcpthosts"},
    {topic::relay, "not a known domain"},

    {topic::callout, "sender verify failed"},
    {topic::callout, "sender verification failed"},
    {topic::callout, "callout"},
    {topic::callout, "verification failed"},

    {topic::starttls, "starttls"},
    {topic::starttls, "tls required"},
    {topic::smtputf8, "smtputf8"},
    {topic::no_service, "no mail here"},
    {topic::no_service, "does not accept mail"},
    {topic::no_service, "no smtp service here"},
    {topic::unverified, "unverified address"},
    {topic::unverified, "verification in progress"},
});

namespace grammar {

namespace x3 = boost::spirit::x3;

class units : public x3::symbols<unsigned> {
public:
    units() { add("second", 1)("sec", 1)("minute", 60)("min", 60)("hour", 3600); }
};

x3::rule<class wait_tag, unsigned> const wait = "how long to wait";
auto const multiply = [](auto& context) {
    using boost::fusion::at_c;
    auto const seconds = std::uint64_t(at_c<0>(x3::_attr(context))) * at_c<1>(x3::_attr(context));
    x3::_val(context) = static_cast<unsigned>(std::min<std::uint64_t>(seconds, 3600));
};
units const unit;
auto const wait_def = (x3::uint_ >> x3::omit[*x3::lit(' ')] >> unit)[multiply];

BOOST_SPIRIT_DEFINE(wait)

}  // namespace grammar

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string text_of(reply const& r) {
    std::string all;
    for (auto const& line : r.lines) {
        all += line;
        all += ' ';
    }
    std::ranges::transform(all, all.begin(), lower);
    return all;
}

bool is_alphanumeric(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/// A phrase begins a word: "rbl" is no part of "marble".
bool speaks(std::string_view text, std::string_view words) {
    for (auto at = text.find(words); at != text.npos; at = text.find(words, at + 1)) {
        if (at == 0 || !is_alphanumeric(text[at - 1])) return true;
    }
    return false;
}

topic settled(topic all, std::optional<enhanced_code> const& enhanced) {
    if (includes(all, topic::relay)) all = all & ~topic::self;  // "Relay access denied"
    if (!includes(all, topic::self) || !includes(all, topic::address | topic::disabled)) return all;
    bool const of_address = enhanced && enhanced->subject == 1;
    return all & ~(of_address ? topic::self : topic::address | topic::disabled);
}

}  // namespace

topic topics_of(reply const& r) {
    auto const text = text_of(r);
    auto all = topic::none;
    for (auto const& [what, words] : phrases) {
        if (!includes(all, what) && speaks(text, words)) all = all | what;
    }
    return settled(all, r.enhanced);
}

std::optional<std::chrono::seconds> retry_after(reply const& r) {
    auto const text = text_of(r);
    for (auto at = text.begin(); at != text.end(); ++at) {
        unsigned seconds = 0;
        bool const begins_number = at == text.begin() || !is_alphanumeric(at[-1]);
        auto from = at;
        if (begins_number && boost::spirit::x3::parse(from, text.end(), grammar::wait, seconds) &&
            seconds > 0) {
            return std::chrono::seconds(seconds);
        }
    }
    return std::nullopt;
}

}  // namespace callout::core
