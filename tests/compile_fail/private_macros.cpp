// says: milterproto: macros is declared as: static constexpr macro_request macros[]
#include "milterproto/handler.hpp"

using namespace milterproto;

class author {
#ifndef WITH_FAULT
public:
#endif
    static constexpr macro_request macros[] = {{macro_stage::connect, "{client_addr}"}};

public:
    void on_close(connection&) {}
};

auto made = make_filter(author());
