#include "core/phrases.hpp"

#include <algorithm>
#include <array>
#include <boost/spirit/home/x3.hpp>
#include <vector>

#include "core/ascii.hpp"

namespace callout::core {
namespace {

struct phrase {
    topic what;
    std::string_view text;  ///< in lower case; with a final | the word must end there
};

/// Words that servers use, from the texts of Postfix, Exim, Sendmail, qmail, Exchange and the large
/// providers.
constexpr auto phrases = std::to_array<phrase>({
    {topic::self, "blacklist"},
    {topic::self, "black list"},
    {topic::self, "black-list"},
    {topic::self, "blocklist"},
    {topic::self, "block list"},
    {topic::self, "block-list"},
    {topic::self, "blocked"},
    {topic::self, "whitelist"},
    {topic::self, "dnsbl"},
    {topic::self, "rbl"},
    {topic::self, "spamhaus"},
    {topic::self, "spamcop"},
    {topic::self, "sorbs|"},
    {topic::self, "backscatterer"},
    {topic::self, "barracuda"},
    {topic::self, "mimecast"},
    {topic::self, "proofpoint"},
    {topic::self, "abusix"},
    {topic::self, "is listed"},
    {topic::self, "listed in|"},
    {topic::self, "listed at|"},
    {topic::self, "reputation"},
    {topic::self, "banned"},
    {topic::self, "poor sender"},
    {topic::self, "spam"},
    {topic::self, "unsolicited"},
    {topic::self, "reverse dns"},
    {topic::self, "reverse hostname"},
    {topic::self, "rdns"},
    {topic::self, "ptr|"},
    {topic::self, "helo|"},
    {topic::self, "ehlo|"},
    {topic::self, "spf|"},
    {topic::self, "dmarc"},
    {topic::self, "dkim|"},
    {topic::self, "authenticat"},
    {topic::self, "unauthenticated"},
    {topic::self, "smtp auth"},
    {topic::self, "starttls"},
    {topic::self, "dynamic"},
    {topic::self, "residential"},
    {topic::self, "open relay"},
    {topic::self, "open proxy"},
    {topic::self, "your ip|"},
    {topic::self, "your host"},
    {topic::self, "your server"},
    {topic::self, "rate limit"},
    {topic::self, "too many connections"},
    {topic::self, "access denied"},
    {topic::self, "administrative prohibition"},
    {topic::self, "administratively prohibited"},
    {topic::self, "policy|"},
    {topic::self, "policies|"},
    {topic::self, "client host"},

    {topic::null_sender, "null sender"},
    {topic::null_sender, "null reverse"},
    {topic::null_sender, "null return"},
    {topic::null_sender, "empty sender"},
    {topic::null_sender, "empty envelope"},
    {topic::null_sender, "bounces|"},
    {topic::null_sender, "bounce message"},
    {topic::rejected, "recipient address rejected: access denied"},

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
    {topic::crowd, "too many recipients"},
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

bool is_alphanumeric(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/// Removes a piece, with the space before it: "user <a@b> unknown" reads as "user unknown".
void take_out(std::string& text, std::size_t at, std::size_t length) {
    bool const after_space = at > 0 && text[at - 1] == ' ';
    text.erase(at - after_space, length + after_space);
}

/// `asked` is in lower case.
void take_out_recipient(std::string& line, std::string_view asked) {
    if (asked.empty()) return;
    for (auto at = line.find(asked); at != line.npos; at = line.find(asked)) take_out(line, at, asked.size());
}

/// A URL in angle brackets stays: it may name a block list.
void take_out_bracketed(std::string& line) {
    for (auto at = line.find('<'); at != line.npos; at = line.find('<', at)) {
        auto const end = line.find('>', at);
        if (end == line.npos) return;
        auto const length = end - at + 1;
        if (line.substr(at, length).find("://") != line.npos) {
            at = end;
        } else {
            take_out(line, at, length);
            at -= std::min<std::size_t>(at, 1);
        }
    }
}

/// Returns the text that is searched for phrases: in lower case, one line, without addresses.
std::string text_of(reply const& r, std::string_view asked = {}) {
    auto const recipient = in_lower_case(asked);
    std::string all;
    for (auto const& raw : r.lines) {
        auto line = in_lower_case(raw);
        take_out_recipient(line, recipient);
        take_out_bracketed(line);
        all += line + ' ';
    }
    return all;
}

/// Returns whether the words are negated: "User not listed in our directory" is not a listing.
bool is_denied(std::string_view before, std::string_view words) {
    return words.starts_with("listed") && before.ends_with(" not ");
}

/// Returns whether these words stand at `at`, and end a word if they must.
bool speaks_at(std::string_view text, std::size_t at, std::string_view words) {
    bool const whole = words.ends_with('|');
    if (whole) words.remove_suffix(1);
    auto const rest = text.substr(at);
    if (!rest.starts_with(words)) return false;
    bool const ends = !whole || rest.size() == words.size() || !is_alphanumeric(rest[words.size()]);
    return ends && !is_denied(text.substr(0, at), words);
}

/// The phrases by their first letter.
class phrase_index {
public:
    phrase_index() {
        for (auto const& one : phrases) by_letter_[byte(one.text.front())].push_back(&one);
    }
    std::vector<phrase const*> const& beginning_with(char c) const { return by_letter_[byte(c)]; }

private:
    static std::size_t byte(char c) { return static_cast<unsigned char>(c); }
    std::array<std::vector<phrase const*>, 256> by_letter_;
};

/// Returns whether `text` begins with a time such as "in 300 seconds", which is an invitation, too.
bool says_when_to_come(std::string_view text) {
    constexpr std::string_view in = "in ";
    if (!text.starts_with(in)) return false;
    unsigned unused = 0;
    auto from = text.begin() + in.size();
    return boost::spirit::x3::parse(from, text.end(), grammar::wait, unused);
}

topic settled(topic all, std::optional<enhanced_code> const& enhanced) {
    if (includes(all, topic::relay)) all = all & ~topic::self;  // "Relay access denied"
    bool const of_policy = enhanced && enhanced->subject == 7;
    if (of_policy && includes(all, topic::self)) all = all & ~topic::full;  // our quota is full, not theirs
    if (!includes(all, topic::self) || !includes(all, topic::address | topic::disabled)) return all;
    bool const of_address = enhanced && enhanced->subject == 1;
    return all & ~(of_address ? topic::self : topic::address | topic::disabled);
}

}  // namespace

topic topics_of(reply const& r, std::string_view asked) {
    auto const text = text_of(r, asked);
    static phrase_index const index;
    auto all = topic::none;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (at > 0 && is_alphanumeric(text[at - 1]))
            continue;  // a phrase begins a word: "marble" does not have "rbl"
        if (says_when_to_come(std::string_view(text).substr(at))) all = all | topic::later;
        for (auto const* one : index.beginning_with(text[at])) {
            if (!includes(all, one->what) && speaks_at(text, at, one->text)) all = all | one->what;
        }
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
