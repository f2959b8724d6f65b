#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes weak-passwords-zh.txt: what people who type Chinese choose, made by rules and from no leak.

Stems (pinyin of love, luck, home, names, products, keyboard walks) with the endings that people add (years, lucky and loving numbers,
runs, repeats), and numbers alone. The order and the content follow from this file only.
"""
import itertools
import os

LOVE = """woaini aini aiwo wolaopo laopo laogong baobei baobao qinaide woyaoni xihuanni wodeai woaimama woaibaba woaijia woaizhongguo
woaibeijing woaishanghai woaixuexi woaiqian xiangni xiangnile yongyuan yishengyishi tianchang dijiu yijian zhongqing zhenai chulian
qinqin meinv shuaige xiaobao dabao erbao gege jiejie didi meimei mama baba yeye nainai jiaren pengyou tongxue""".split()
LUCK = """facai gongxi gongxifacai xingfu kuaile pingan jiankang shunli chenggong meihao haoyun fugui xiyangyang meili kaixin yiqie
wanshi ruyi wanshiruyi jixiang zhaocai jinbao dafacai baofu youqian zhengqian qianduoduo""".split()
THINGS = """zhongguo beijing shanghai guangzhou shenzhen chengdu hangzhou wuhan nanjing tianjin chongqing xian dalian qingdao xiamen
taiyang yueliang xingxing tiankong dahai xiaomao xiaogou xiaozhu laohu tuzi xiongmao long feng meigui taohua pingguo xigua
dianshi dianying yinyue youxi diannao shouji xuexiao gongsi daxue gaozhong""".split()
PRODUCTS = """weixin weixin zhifubao qianbao yinhang yinhangka mima denglu zhanghao taobao tianmao jingdong baidu tengxun qq alibaba alipay wechat
wechatpay unionpay yinlian xiaomi huawei meituan didi douyin kuaishou wangyi sina zhifumima woshimima wodemima mimamima""".split()
NAMES = """zhangwei wangwei wangfang liwei lina zhangmin lijing wangjing zhangli wangli zhaomin liujie chenjie yangyang xiaoming xiaohong
lihua wanglei zhanglei liuyang liuwei wangqiang liqiang zhangjie chenchen xiaofang xiaoli xiaoyu xiaoxue haohao lele dandan lingling
tingting jingjing fangfang pingping yuanyuan beibei mingming liangliang qiangqiang weiwei huihui feifei lili meimei""".split()
WALKS = "qwer asdf zxcv qwert asdfg zxcvb qwerty asdfgh qazwsx qaz wsx 1qaz 2wsx qweasd qweasdzxc asdqwe zxcasd 1q2w3e 1qaz2wsx q1w2e3 a1b2c3 abc abcd abcde aaa aaaa aa a1 a123 aa123 abc123 abcd1234 qq ww zz asd zxc qwe iloveyou love admin root test user pass password passwd".split()
NUMBERS = """123456 12345678 123456789 1234567890 1234567 12345 1234 123 1 12 111 1111 111111 11111111 000000 666 6666 666666 66666666 888 8888
888888 88888888 999 999999 520 521 5201314 520520 1314 131452 1314520 5211314 201314 168 1688 168168 518 5188 518518 888666 666888 147258
147258369 159357 159753 110 119 120 112233 121212 123123 123321 321321 654321 987654321 456789 789456 789456123 100200 110110 121 147 258 369 777
7777777 778899 223344 334455 998877 1123581321 00 01 02 11 66 88 99 007 2000 2008 2012 2020 2021 2022 2023 2024 2025 2026""".split()
YEARS = [str(year) for year in range(1960, 2027)]
DAYS = [f"{month:02}{day:02}" for month in range(1, 13) for day in (1, 8, 10, 15, 18, 20, 28)]


def candidates():
    stems = LOVE + LUCK + THINGS + PRODUCTS + NAMES + WALKS
    yield from stems
    for stem, number in itertools.product(stems, NUMBERS):
        yield stem + number
    for stem, year in itertools.product(LOVE[:20] + PRODUCTS + NAMES, YEARS[20:]):
        yield stem + year
    for first, second in itertools.product(NUMBERS, NUMBERS):
        yield first + second
    for year, day in itertools.product(YEARS, DAYS):
        yield year + day
    for first, second in itertools.product(LOVE[:10] + LUCK[:10], NAMES):
        yield first + second
        yield second + first
    for digit in "0123456789":
        for size in range(8, 13):
            yield digit * size


def main():
    words = sorted({word for word in candidates() if 8 <= len(word) <= 64})
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "weak-passwords-zh.txt")
    with open(path, "w", encoding="ascii") as file:
        file.write("".join(word + "\n" for word in words))
    print(len(words))


main()
