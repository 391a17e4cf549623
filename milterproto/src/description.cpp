#include "milterproto/description.hpp"

#include <utility>

#include "milterproto/macro_settings.hpp"

namespace milterproto::detail {

namespace {

struct named_bit {
    std::uint32_t bit;
    std::string_view name;
};
constexpr named_bit edit_names[] = {
    {core::action::add_headers, "add_header"},
    {core::action::change_headers, "change_header"},
    {core::action::change_body, "body"},
    {core::action::change_sender, "sender"},
    {core::action::add_recipients, "add_recipient"},
    {core::action::add_recipient_args, "recipient_arguments"},
    {core::action::delete_recipients, "remove_recipient"},
    {core::action::quarantine, "quarantine"},
};
constexpr named_bit extra_names[] = {
    {core::step::rejected_recipients, "rejected_recipients"},
    {core::step::header_leading_space, "leading_space"},
};
constexpr macro_stage stages[] = {macro_stage::connect,       macro_stage::helo, macro_stage::mail,
                                  macro_stage::rcpt,          macro_stage::data, macro_stage::end_of_headers,
                                  macro_stage::end_of_message};

/// "title: one, two"
class listing {
public:
    explicit listing(std::string_view title) : line_(std::string(title) + ": ") {}
    void add(std::string_view item) {
        if (!std::exchange(is_empty_, false)) line_ += ", ";
        line_ += item;
    }
    std::string line() const { return line_ + (is_empty_ ? "none\n" : "\n"); }

private:
    std::string line_;
    bool is_empty_ = true;
};

std::string line_of_bits(std::string_view title, std::span<named_bit const> names, std::uint32_t bits) {
    listing found(title);
    for (auto const& [bit, name] : names) {
        if ((bits & bit) != 0) found.add(name);
    }
    return found.line();
}

/// Marks as not answered the callbacks that return nothing, if an MTA would wait for their answer.
std::string line_of_callbacks(std::span<described_callback const> all) {
    listing found("callbacks");
    for (auto const& [name, how] : all) {
        bool const is_told = name == "on_abort" || name == "on_close";
        if (how == interest::none) continue;
        found.add(std::string(name) + (how == interest::notify && !is_told ? " (not answered)" : ""));
    }
    return found.line();
}

std::string lines_of_macros(core::filter_wishes const& wishes) {
    std::string lines;
    for (auto const stage : stages) {
        auto const& names = wishes.macros[static_cast<std::size_t>(stage)];
        if (!names) continue;
        lines.append("macros at ").append(setting_of(stage).stage).append(": ");
        lines.append(names->empty() ? "none" : *names).append("\n");
    }
    return lines.empty() ? "macros: as the MTA is configured\n" : lines;
}

}  // namespace

std::string describe(std::span<described_callback const> all, core::filter_wishes const& wishes) {
    auto text = line_of_callbacks(all);
    text += line_of_bits("edits", edit_names, wishes.required_actions | wishes.wanted_actions);
    text += lines_of_macros(wishes);
    text += line_of_bits("extras", extra_names, wishes.required_steps | wishes.wanted_steps);
    if (wishes.largest_payload > limits::payload)
        text += "chunks: up to " + std::to_string(wishes.largest_payload) + " bytes\n";
    return text;
}

}  // namespace milterproto::detail
