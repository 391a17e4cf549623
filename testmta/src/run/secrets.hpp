#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace testmta::run {

/// Values of macros that must not be shown (TM-093). They are learned from what is sent.
class secrets {
public:
    explicit secrets(std::vector<std::string> macros);

    /// Looks at a frame of the MTA for values of these macros.
    void learn(char letter, std::string_view payload);
    /// Replaces each secret in a text by `***`.
    std::string hide_in(std::string text) const;
    /// Replaces each byte of a secret by `*`, so that lengths stay true.
    std::string blot_out(std::string octets) const;

private:
    std::set<std::string, std::less<>> macros_;
    std::set<std::string, std::less<>> values_;
};

}  // namespace testmta::run
