#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "world/language/pattern.hpp"

/// What a world expects of a program that verifies addresses in it.
namespace testmta::world {

/// A verdict and its reason, in the words of smtp-callout.md 3.9.
struct finding {
    std::string verdict;
    std::string reason;
};

/// One fact of the answer: `catch_all yes`, `connections 2`.
struct fact {
    enum class kind {
        strength,
        exists,
        catch_all,
        rejects_null,
        cached,
        code,
        retry_after,
        connections,
        within,
        text
    } what;
    std::string value;
};

/// A question to the engine.
class asking {
public:
    std::string address;
    bool refresh = false;  ///< the network is asked, whatever the cache knows
    std::string client;    ///< the SMTP client whose mail causes the question; empty: none
};

/// A question and the answer that it must get.
class question : public asking {
public:
    std::optional<finding> hard;  ///< if neither is set: anything but a refusal
    std::optional<finding> soft;  ///< while an MTA waits; asked first
    std::vector<fact> facts;
};

/// A question whose answer nobody waits for.
struct start {
    asking what;
};

/// A time in which nothing is asked.
struct pause {
    std::chrono::microseconds time;
};

/// How often something must have happened.
struct amount {
    std::uint32_t least = 0;
    std::uint32_t most = UINT32_MAX;
};

/// What a peer must have observed by now.
class sighting {
public:
    enum class kind { connections, at_once, hears } what = kind::connections;
    std::string peer;
    std::optional<pattern> command;  ///< only of `hears`
    amount times;
};

/// A setting of the engine, for one entry.
struct setting {
    std::string name;
    std::string value;
};

using entry_step = std::variant<question, start, pause, sighting>;

/// One scenario with its expected results: an entry of a zoo.
class entry {
public:
    std::string number;    ///< empty for an `expect` outside of an entry
    std::string title;     ///< its name
    std::string sentence;  ///< what the peer does
    bool waits = false;    ///< it waits too long for real time
    std::vector<setting> settings;
    std::vector<entry_step> steps;
};

}  // namespace testmta::world
