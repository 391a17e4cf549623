#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "milterproto/core/wire/codec.hpp"
#include "milterproto/core/wire/negotiation.hpp"

/// An offer of any MTA and the wishes of any filter, followed by an agreement of any filter, which is parsed.
///
/// Invariants: nothing is agreed to that was not offered; everything that is required is agreed to or the
/// negotiation fails; a filter that decides itself never gets more than it asked for; what is written can be
/// read, and a reader never looks beyond its payload. (MP-034, MP-038, MP-039, MP-040, MP-041, MP-042,
/// MP-047, MP-048, MP-049, MP-053, MP-054, MP-065)
namespace {

using namespace milterproto;
using namespace milterproto::core;

void require(bool condition, char const* what) {
    if (condition) return;
    std::fprintf(stderr, "broken: %s\n", what);
    std::abort();
}

/// Takes numbers off the input, and zeros after its end.
class supply {
public:
    explicit supply(std::string_view octets) : rest_(octets) {}
    std::uint32_t number() {
        auto const taken = take_u32(rest_);
        return taken.value_or(0);
    }
    std::string text() { return std::string(take_string(rest_).value_or(std::string_view())); }
    std::string_view rest() const { return rest_; }

private:
    std::string_view rest_;
};

filter_wishes wishes_from(supply& from) {
    filter_wishes wishes;
    wishes.required_actions = from.number() & from.number();
    wishes.wanted_actions = from.number();
    wishes.required_steps = from.number() & from.number();
    wishes.wanted_steps = from.number();
    auto const choice = from.number();
    if ((choice & 1) != 0) wishes.largest_payload = limits::payload_256k;
    if ((choice & 2) != 0) wishes.largest_payload = limits::payload_1m;
    for (std::size_t stage = 0; stage != macro_stages; ++stage) {
        if ((choice >> (8 + stage) & 1) != 0) wishes.macros[stage] = from.text();
    }
    return wishes;
}

/// Checks an agreement as an MTA reads it.
void read_back(agreement const& agreed, filter_wishes const& wishes) {
    auto const lists = symbol_lists(agreed, wishes);
    std::string frame;
    append_agreement(frame, agreed.options, lists);
    std::string_view const payload = std::string_view(frame).substr(5);
    require(*decode_options(payload) == agreed.options, "an agreement is read as it was written");
    auto const read = decode_symbol_lists(payload);
    require(read.has_value() && read->size() == lists.size(), "its lists are read as they were written");
    bool const may_list = (agreed.options.actions & action::symbol_lists) != 0;
    require(may_list || lists.empty(), "no list for an MTA that does not know lists");
    bool at_end = false;
    bool at_end_of_headers = false;
    for (std::size_t i = 0; i != read->size(); ++i) {
        require((*read)[i].names == lists[i].names, "their names are read as they were written");
        require(i == 0 || (*read)[i - 1].stage < (*read)[i].stage, "stages ascend");
        at_end = at_end || (*read)[i].stage == 5;
        at_end_of_headers = at_end_of_headers || (*read)[i].stage == 6;
    }
    require(!at_end || at_end_of_headers, "a list for the end comes with one for the end of headers");
}

void by_wishes(option_set const& offer, option_set const& spelt, filter_wishes const& wishes) {
    auto const agreed = negotiate(offer, wishes);
    bool const possible = offer.version >= 2 && (wishes.required_actions & ~spelt.actions) == 0 &&
                          (wishes.required_steps & ~step::internal & ~spelt.steps) == 0;
    require(agreed.has_value() == possible,
            "it fails where something required is not offered, and only then");
    if (!agreed) return;
    auto const& got = agreed->options;
    require(got.version <= offer.version && got.version <= 6, "no version above the offer");
    require((got.actions & ~spelt.actions) == 0, "no action beyond the offer");
    require((got.steps & ~spelt.steps) == 0, "no step beyond the offer");
    require((wishes.required_actions & ~got.actions) == 0, "all that is required is agreed");
    require((got.steps & step::chunks_256k) == 0 || (got.steps & step::chunks_1m) == 0,
            "at most one size of chunks");
    require(agreed->payload_limit == limits::payload || (got.steps & step::internal) != 0,
            "a larger size is agreed");
    read_back(*agreed, wishes);
}

void by_filter(option_set const& offer, option_set const& spelt, filter_wishes const& wishes, supply& from) {
    negotiation what(offer, wishes);
    require(what.offered().actions == spelt.actions, "every action offered is shown");
    require((what.offered().steps & step::all_no_reply) == step::all_no_reply, "every NR_* is shown");
    auto const choice = from.number();
    if ((choice & 1) != 0) what.take_all();
    if ((choice & 2) != 0) what.wanted_steps = from.number();
    if ((choice & 4) != 0) what.wanted_actions = from.number();
    for (std::uint32_t i = 0; i != (choice >> 3 & 15); ++i) {
        auto const stage = from.number() % 9;
        bool const asked = what.ask_macros(static_cast<macro_stage>(stage), from.text()).has_value();
        require(!asked || stage < macro_stages, "macros go with a stage");
    }
    auto const decided = what.wishes();
    auto const agreed = negotiate(offer, decided);
    if (!agreed) return;
    require((agreed->options.actions & ~(what.wanted_actions | action::symbol_lists)) == 0,
            "no action that it did not ask for");
    require((agreed->options.steps & ~(what.wanted_steps | step::internal)) == 0,
            "no step that it did not ask for");
    read_back(*agreed, decided);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    supply from({reinterpret_cast<char const*>(data), size});
    option_set offer;
    offer.version = from.number() % 9;
    offer.actions = from.number();
    offer.steps = from.number();
    auto spelt = offer;
    if (spelt.actions == 0) spelt.actions = action::version_1;
    if (spelt.steps == 0) spelt.steps = step::version_1;
    auto const wishes = wishes_from(from);
    by_wishes(offer, spelt, wishes);
    by_filter(offer, spelt, wishes, from);
    (void)decode_options(from.rest());
    (void)decode_symbol_lists(from.rest());
    return 0;
}
