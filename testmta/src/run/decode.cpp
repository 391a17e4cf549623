#include "run/decode.hpp"

#include <algorithm>

#include "milterproto/core/wire/codec.hpp"
#include "text/printable.hpp"

namespace testmta::run {

namespace {

namespace core = milterproto::core;
using core::answer;
using core::command;
using text::printable;

template <class Letter>
struct name_row {
    Letter letter;
    std::string_view name;
};

constexpr name_row<command> command_names[] = {
    {command::abort, "ABORT"},        {command::body, "BODY"},          {command::connect, "CONNECT"},
    {command::macro, "MACRO"},        {command::end_of_message, "EOM"}, {command::helo, "HELO"},
    {command::quit_nc, "QUIT-NC"},    {command::header, "HEADER"},      {command::mail, "MAIL"},
    {command::end_of_headers, "EOH"}, {command::negotiate, "OFFER"},    {command::quit, "QUIT"},
    {command::rcpt, "RCPT"},          {command::data, "DATA"},          {command::unknown, "UNKNOWN"},
};

constexpr name_row<answer> answer_names[] = {
    {answer::proceed, "CONTINUE"},
    {answer::accept, "ACCEPT"},
    {answer::reject, "REJECT"},
    {answer::tempfail, "TEMPFAIL"},
    {answer::discard, "DISCARD"},
    {answer::skip, "SKIP"},
    {answer::reply_code, "REPLY"},
    {answer::conn_fail, "CONN-FAIL"},
    {answer::shutdown, "SHUTDOWN"},
    {answer::progress, "PROGRESS"},
    {answer::add_recipient, "ADD-RCPT"},
    {answer::add_recipient_args, "ADD-RCPT-PAR"},
    {answer::delete_recipient, "DELETE-RCPT"},
    {answer::change_sender, "CHANGE-FROM"},
    {answer::add_header, "ADD-HEADER"},
    {answer::insert_header, "INSERT-HEADER"},
    {answer::change_header, "CHANGE-HEADER"},
    {answer::replace_body, "REPLACE-BODY"},
    {answer::quarantine, "QUARANTINE"},
    {answer::negotiate, "AGREE"},
};

constexpr name_row<answer> script_words[] = {
    {answer::proceed, "continue"},    {answer::accept, "accept"},     {answer::reject, "reject"},
    {answer::tempfail, "tempfail"},   {answer::discard, "discard"},   {answer::skip, "skip"},
    {answer::conn_fail, "conn-fail"}, {answer::shutdown, "shutdown"},
};

template <class Letter, std::size_t Count>
std::string_view name_of(name_row<Letter> const (&table)[Count], Letter letter) {
    auto const* found = std::ranges::find(table, letter, &name_row<Letter>::letter);
    return found != std::end(table) ? found->name : std::string_view();
}

std::string hex_number(std::uint32_t number) {
    std::string out;
    do {
        out.insert(out.begin(), text::hex_digits[number & 0xf]);
    } while ((number >>= 4) != 0);
    return "0x" + out;
}

/// Returns the stage of a list of macros as a script names it.
std::string stage_name(std::uint32_t stage) {
    static constexpr std::string_view names[core::macro_stages] = {"connect", "helo", "mail", "rcpt",
                                                                   "data",    "eom",  "eoh"};
    return stage < core::macro_stages ? std::string(names[stage]) : "stage " + std::to_string(stage);
}

std::string describe_options(std::string_view payload) {
    auto const options = core::decode_options(payload);
    if (!options) return "(malformed)";
    auto text = "version " + std::to_string(options->version) + " actions " + hex_number(options->actions) +
                " steps " + hex_number(options->steps);
    if (auto const lists = core::decode_symbol_lists(payload)) {
        for (auto const& list : *lists) {
            text += " macros at " + stage_name(list.stage) + ": " + printable(list.names);
        }
    }
    return text;
}

/// Returns the strings, separated by blanks.
std::string describe_strings(std::string_view payload) {
    std::string text;
    while (!payload.empty()) {
        auto const one = payload.substr(0, payload.find('\0'));
        text.append(text.empty() ? "" : " ").append(printable(one));
        payload.remove_prefix(std::min(one.size() + 1, payload.size()));
    }
    return text;
}

/// Returns the command that the macros belong to, and their names and values.
std::string describe_macros(std::string_view payload) {
    auto const to = payload.substr(0, 1);
    auto const name = to.empty() ? to : name_of(command_names, static_cast<command>(to.front()));
    auto const values = describe_strings(payload.substr(to.size()));
    return (name.empty() ? printable(to) : std::string(name)) + (values.empty() ? "" : ' ' + values);
}

/// Returns the client as the "connect" step of a script writes it.
std::string describe_client(std::string_view payload) {
    auto const client = core::decode_connect(payload);
    if (!client) return describe_strings(payload);
    auto const name = printable(client->hostname) + ' ';
    auto const address = printable(client->address);
    if (client->family == core::family::unknown) return name + "unknown";
    if (client->family == core::family::unix_socket) return name + "unix:" + address;
    return name + address + " port " + std::to_string(client->port);
}

std::string describe_words(sender from, char letter, std::string_view payload) {
    if (from == sender::mta && letter == static_cast<char>(command::macro)) return describe_macros(payload);
    if (from == sender::mta && letter == static_cast<char>(command::connect)) return describe_client(payload);
    return describe_strings(payload);
}

std::string describe_payload(sender from, char letter, std::string_view payload) {
    constexpr std::size_t shown = 60;
    if (letter == static_cast<char>(command::negotiate)) return describe_options(payload);
    auto const content =
        letter == static_cast<char>(command::body) || letter == static_cast<char>(answer::replace_body);
    if (content) return std::to_string(payload.size()) + " bytes";
    auto text = describe_words(from, letter, payload);
    if (text.size() > shown) text.replace(shown, std::string::npos, "...");
    return text;
}

}  // namespace

std::string_view script_word(answer what) {
    return name_of(script_words, what);
}

std::string describe_frame(sender from, char letter, std::string_view payload) {
    auto const name = from == sender::mta ? name_of(command_names, static_cast<command>(letter))
                                          : name_of(answer_names, static_cast<answer>(letter));
    auto text = name.empty() ? "unknown letter \"" + printable({&letter, 1}) + "\"" : std::string(name);
    if (auto const what = describe_payload(from, letter, payload); !what.empty() && !payload.empty())
        text += ' ' + what;
    return text;
}

std::string hex_dump(std::string_view octets, std::string_view margin) {
    constexpr std::size_t most = 256;
    constexpr std::size_t columns = 16;
    std::string out;
    for (auto rest = octets.substr(0, most); !rest.empty();
         rest.remove_prefix(std::min(columns, rest.size()))) {
        auto const line = rest.substr(0, columns);
        std::string hex;
        std::string ascii;
        for (unsigned char const octet : line) {
            hex.append(1, text::hex_digits[octet >> 4])
                .append(1, text::hex_digits[octet & 0xf])
                .append(1, ' ');
            ascii += text::is_printable(octet) ? static_cast<char>(octet) : '.';
        }
        hex.resize(columns * 3, ' ');
        out.append(margin).append(hex).append(" |").append(ascii).append("|\n");
    }
    if (octets.size() > most)
        out.append(margin).append("... " + std::to_string(octets.size()) + " bytes in all\n");
    return out;
}

}  // namespace testmta::run
