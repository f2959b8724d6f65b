#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes tables/weak-passwords-zh.txt: what Chinese users choose first.

    tables/make/passwords.py SOURCES > tables/weak-passwords-zh.txt

No list of leaked passwords is read but the frequency list inside zxcvbn (MIT), of which we take what is digits or one of our stems.
All else is put together by rule: how pinyin phrases, names, initials, products, dates, walks over the keyboard and digits that sound like words are
joined, and the commonest Chinese words (jieba, MIT) as pypinyin (MIT) spells them. The same sources give the same file.

Short stems get digits behind them; long ones stand alone, for the program takes digits and signs off both ends before it looks.
"""
import itertools
import os
import re
import sys

LONG = 8  # characters of the shortest password
LIMIT = 64
WORDS = 5000  # commonest words, spelled in at least LONG letters

# 520 "I love you", 1314 "for ever", 168 "rich all the way", 518 "I get rich", 886 "bye", 7758 "kiss me", 3344 "for ever and ever" ...
TAILS = """
1 11 12 01 123 1234 12345 123456 1234567 12345678 123456789 1234567890 0123 321 654321 987654321 111 1111 111111 11111111 222 222222
333 333333 520 5201314 1314 521 5211314 1314520 5203344 3344 666 6666 666666 888 8888 888888 88888888 999 999999 000 0000 000000
168 518 1688 588 688 886 7758 7758521 7758258 147 147258 147258369 159 159357 258 369 789 456 789456 456789 112233 123123 123321
110 110110 119 120 2008 2010 2012 2015 2018 2019 2020 2021 2022 2023 2024 2025 2026 1980 1981 1982 1983 1984 1985 1986 1987 1988 1989
1990 1991 1992 1993 1994 1995 1996 1997 1998 1999 2000 2001 2002 2003 2004 2005 2006
""".split()
SHORT_TAILS = "123 1234 12345 123456 1234567 12345678 123456789 520 1314 5201314 666 888 666666 888888 000000 111111 168".split()
ENDS = ["qq", "abc", "qwe", "love", "vip", "com", ".com", "@qq.com", "@163.com"]

PHRASES = """
woaini woainima woaiwo woaiziji woaiwojia woaiwobaba woaiwomama woaibaba woaimama woailaopo woailaogong woaibaobao woaizhongguo
woaibeijing woaishanghai woaijiaxiang woaixuexi woaigongzuo woaini1314 woaini520 woaini5201314 woainiyiwannian woainilaopo woainilaogong
wobuaini wobuaile wobuzhidao wodemima wodeai wodeaihao wodebaobao wodejia wodetian wodetiana wodexin wodeshijie wodezhanghao wodeyinhang
woheni wohenni wohenhao wohenxiangni woxiangni woxiangnile woxihuanni woyaofacai woyaozhuanqian woyaoni woyaofei woyaoyouqian
woshi woshishui woshini woshiniba woshinidie woshinibaba woshiren woshitiancai woshihaoren woshilaoda woshilaoban woshizhu woshizhongguoren
woshiyigeren woshishagua woshishabi woyongyuanaini yongyuanaini yongyuandeai yongyuanzaiyiqi aini ainiyiwannian ainiyishengyishi
ainiyongyuan ainima ainibubian aiqing aiqingwansui aiwojia aiwozhonghua aishangni aidejiushini aideni aini1314 aini520 aiwobieren
nihao nihaoma nishishui nishizhu nishiwode nishiwodeweiyi nishiwodeai nishabi nizhidaoma nidemima nidaye nimabi nimei niubi niubility
nizaina nizainali nimenhao xiexie xiexieni zaijian duibuqi meiguanxi buyaolian buzhidao bugaosuni bugaosuni123 meimima meiyoumima
mima mimamima mima123 mimashi mimawangle wangjimima wangjile jibuzhu jizhumima haomima xinmima laomima zhifumima denglumima
baobao baobei baobaowoaini baobeiwoaini qinaide qinqin xiaobaobei dabaobei laopo laogong laopowoaini laogongwoaini qinaidelaopo
xiangni xiangniheni xihuanni zaiyiqi women womende womenzaiyiqi womendeai shengrikuaile xinniankuaile kuaile kuaileyisheng kaixin
kaixinguo kaixinmeiyitian meiyitian tiantiankuaile tiantiankaixin tiantianxiangshang haohaoxuexi haohaoxuexitiantianxiangshang
pinganshifu pingan pinganxingfu xingfu xingfuyisheng xingfuyijia jiankang jiankangkuaile shentijiankang yilupingan yifanfengshun
wanshiruyi xinxiangshicheng gongxifacai facai facaile dafacai zhaocaijinbao caiyuanguangjin caiyuangungun shengyixinglong dajidali
nianniannianyouyu niannianyouyu jixiangruyi longmajingshen mashangfacai mashangyouqian baofu yiyefubi zhongcaipiao wubaiwan yiqianwan
youqian youqianren youqianzhen qianqianqian renminbi rmbrmbrmb meiyuan zhongguo zhongguoren zhonghuarenmingongheguo zhongguojiayou
zhongguogongchandang jiayou beijing shanghai guangzhou shenzhen chengdu chongqing tianjin wuhan nanjing hangzhou suzhou xian qingdao
dalian xiamen changsha shenyang haerbin zhengzhou jinan hefei kunming taiyuan xianggang taiwan aomen tiananmen changcheng
baba mama babamama mamababa babawoaini mamawoaini wodebaba wodemama gege jiejie didi meimei yeye nainai erzi nver wodeerzi wodenver
xiaozhu xiaogou xiaomao xiaotu xiaoxiao xiaoyu xiaolong xiaohu xiaoming xiaohong xiaoqiang xiaowei xiaojie xiaobao xiaofei xiaoxin
dazhu dagou dalong laohu laoshi laoban laoda tongxue tongxuemen pengyou haopengyou nanpengyou nvpengyou shuaige meinv meinvv
tianshi emo tiankong tianxia tianxiawudi tianxiadiyi diyi diyiming wudi wudile zhizunbao sunwukong zhubajie tangseng shaheshang
xiyouji hongloumeng sanguoyanyi shuihuzhuan zhugeliang caocao liubei guanyu zhangfei zhaoyun lvbu diaochan xishi wangzhaojun yangguifei
liudehua zhangxueyou guofucheng liming zhoujielun wangfei wangleehom linjunjie caiyilin zhangjie dengziqi luhan wuyifan yangmi
fanbingbing zhaoliying huge pengyuyan yifeng yaoming liuxiang kebi kobebryant lebron jordan
caonima caonima123 caonimabi nimabi shabi sb250 qusiba gunkai gundan wangbadan hundan benniao bendan shagua daxiang
qwerqwer asdasd zxczxc abcabc aaa qqq www zzz lll
aiwo wolaopo woaijia woaiqian xiangnile yongyuan yishengyishi tianchang dijiu yijian zhongqing zhenai chulian dabao erbao jiaren gongxi
shunli chenggong meihao haoyun fugui xiyangyang meili yiqie wanshi ruyi jixiang zhaocai jinbao zhengqian qianduoduo taiyang yueliang
xingxing dahai tuzi xiongmao long feng meigui taohua xigua dianshi dianying yinyue youxi diannao shouji xuexiao gongsi daxue gaozhong
denglu qq alibaba woshimima chenchen xiaoxue haohao lele dandan lingling tingting jingjing fangfang pingping yuanyuan beibei mingming
liangliang qiangqiang huihui feifei
""".split()

PRODUCTS = """
weixin weixinzhifu weixinqianbao weixinhongbao wechat wechatpay zhifubao zhifubaozhifu zhifubaomima alipay alipay88 qianbao wodeqianbao
dianziqianbao qianbaomima lingqian lingqiantong yuebao huabei jiebei hongbao qianghongbao fukuan shoukuan zhuanzhang zhifu zhifumima
yinhang yinhangka yinhangkamima xinyongka gongshang gongshangyinhang nongyeyinhang jiansheyinhang zhongguoyinhang zhaoshangyinhang
jiaotongyinhang youzhengyinhang minshengyinhang pinganyinhang xingyeyinhang zhongxinyinhang guangdayinhang icbc boc ccb abchina cmbchina
yinlian unionpay yunshanfu caifutong tenpay taobao taobaowang tmall tianmao jingdong jingdongshangcheng pinduoduo pdd meituan
meituanwaimai eleme dianping dazhongdianping didi didichuxing xiecheng ctrip qunar tieba baidu baidutieba baiduyun tencent tengxun
tengxunqq qqmima qqhao wodeqq qqkongjian kongjian douyin kuaishou xiaohongshu weibo xinlang xinlangweibo sina sohu wangyi netease
neteaseyun zhihu bilibili bzhan youku aiqiyi iqiyi huawei huaweishouji xiaomi xiaomishouji hongmi oppo vivo meizu lenovo lianxiang
pingguo apple iphone ipad samsung sanxing nokia nuojiya wangzhe wangzherongyao yingxionglianmeng lolllol lol dota chuanyuehuoxian
dixiacheng dnf cf moshou moshoushijie menghuanxiyou chiji hepingjingying yuanshen genshin minecraft wodeshijie steam
unicom mobile chinamobile chinaunicom chinatelecom yidong liantong dianxin admin administrator root guest user test password passwd
passw0rd p@ssw0rd p@ssword welcome letmein iloveyou iloveu loveyou love loveme forever lovely sunshine princess hello helloworld
happy lucky money dragon tiger angel baby
""".split()

SURNAMES = """
wang li zhang liu chen yang huang zhao wu zhou xu sun ma zhu hu guo he gao lin luo zheng liang xie song tang han feng deng cao peng
zeng xiao tian dong pan yuan cai jiang yu du ye cheng wei su lv ding ren lu yao shen zhong cui tan fan liao shi jin wan
""".split()
GIVEN = """
wei fang na min jing li qiang lei jun yang yong yan jie juan tao ming chao xiulan xia ping gang guiying hua hong bo bin hui ying ting
ling long fei peng jian xin yu hao yi zixuan zihan haoran yuxuan haoyu yutong xinyi jiahao jiayi jianguo jianjun jianhua zhiqiang
zhiwei xiaoming xiaohong xiaoli xiaoyan xiaofang xiaolong xiaofei xiaojun xiaoyu xiaodong xiaohua lili tingting dandan jingjing
yanyan lingling fangfang nana juanjuan xiaoxiao guoqiang haitao haiyan wenjing wenjie yating tianyu zihao mengjie xueying chunmei
""".split()
LETTERS = "abcdefghijklmnopqrstuvwxyz"
# What initials of Chinese names begin with, and go on with.
FIRST = "cdfghjlmpqstwxyz"
INITIALS = "bcdfghjklmnpqrstwxyz"

ROWS = ["1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm"]
COLUMNS = ["1qaz", "2wsx", "3edc", "4rfv", "5tgb", "6yhn", "7ujm"]
BLOCK = ["789", "456", "123"]  # of the digits


def joined():
    """Stems with what people put behind and before them."""
    for stem in dict.fromkeys(PHRASES + PRODUCTS):
        yield stem
        yield stem + stem
        if len(stem) < LONG:
            yield from (stem + tail for tail in (TAILS if stem in PRODUCTS else SHORT_TAILS))
            yield from (stem + end for end in ENDS)
            yield from (tail + stem for tail in SHORT_TAILS[:8])


def names():
    for surname, given in itertools.product(SURNAMES, GIVEN):
        name = surname + given
        yield name
        if SURNAMES.index(surname) < 12 and GIVEN.index(given) < 40:
            yield "woaini" + name
            if len(name) < LONG:
                yield from (name + tail for tail in SHORT_TAILS[:12])
    for surname in SURNAMES:
        yield from (surname + tail for tail in TAILS)
        yield from (tail + surname for tail in SHORT_TAILS)
        yield from ("xiao" + surname + tail for tail in SHORT_TAILS)


def initials():
    stems = [*LETTERS, *(c + c for c in LETTERS), *(c * 3 for c in LETTERS), *map("".join, itertools.product(FIRST, INITIALS))]
    stems += ["abc", "abcd", "abcde", "abcdef", "asd", "qwe", "zxc", "qaz", "wsx", "asdf", "qwer", "zxcv", "aaaa", "qqqq", "qq", "wx", "zfb"]
    for stem in stems:
        yield from (stem + tail for tail in (SHORT_TAILS if stem[0] != stem[-1] else TAILS))
        yield from (tail + stem for tail in SHORT_TAILS[:8])
    for first, second in zip(LETTERS, LETTERS[1:]):
        yield from (first + second + tail for tail in TAILS)
    for letter, digit in itertools.product(LETTERS, "0123456789"):
        yield letter + digit * 7
        yield letter + digit * 8
        yield letter * 2 + digit * 6
        yield letter * 4 + digit * 4


def walks():
    for row in [*ROWS, *ROWS[1:]]:
        for line in (row, row[::-1]):
            for n in range(4, len(line) + 1):
                part = line[:n]
                yield part
                yield part + part
                yield from (part + tail for tail in SHORT_TAILS)
    for a, b in itertools.permutations(ROWS, 2):
        for n in range(3, 8):
            yield a[:n] + b[:n]
            yield "".join(map("".join, zip(a[:n], b[:n])))
    for a, b in itertools.permutations(ROWS[1:], 2):
        yield from (a[:n] + b[:n] + tail for n in (3, 4) for tail in SHORT_TAILS)
    for n in range(2, 6):
        for start in range(len(COLUMNS) - n + 1):
            columns = COLUMNS[start : start + n]
            for way in (columns, columns[::-1]):
                yield "".join(way)
                yield "".join(column[::-1] for column in way)
                yield "".join(column if i % 2 else column[::-1] for i, column in enumerate(way))
                yield "".join(column[1:] for column in way)
    for lines in itertools.permutations(BLOCK):
        yield "".join(lines)
        yield "".join(line[::-1] for line in lines)
    for columns in itertools.permutations(["147", "258", "369"]):
        yield "".join(columns)
        yield "".join(column[::-1] for column in columns)
    yield from "14789632 147896325 1478963250 14785236 159357159 15935728 159753159 75395146 78945612 74108520".split()
    yield from "q1w2e3r4 q1w2e3r4t5 1q2w3e4r 1q2w3e4r5t 1q2w3e4r5t6y a1s2d3f4 z1x2c3v4 a1b2c3d4 a1b2c3d4e5 1a2b3c4d".split()


def digits():
    for digit in "0123456789":
        yield from (digit * n for n in range(LONG, 17))
    for a, b in itertools.permutations("0123456789", 2):
        yield from (a * 4 + b * 4, (a + b) * 4, (a + b) * 5, a * 6 + b * 2, a * 5 + b * 5, a * 3 + b * 3 + a * 3, (a + a + b + b) * 2)
    for a in range(10):
        for length in range(LONG, 13):
            yield "".join(str((a + i) % 10) for i in range(length))
            yield "".join(str((a - i) % 10) for i in range(length))
    for part in map("".join, itertools.product("0123456789", repeat=3)):
        yield part * 3
    for part in (f"{n:04d}" for n in range(10000) if n % 11 == 0 or n % 101 == 0 or n % 111 == 0):
        yield part * 2
    sounds = [t for t in TAILS if t.isdigit() and len(t) >= 3 and not re.fullmatch("19..|20..", t)] + ["52", "13", "14", "99", "88", "66"]
    for a, b in itertools.product(sounds, repeat=2):
        yield a + b


def dates():
    """Birthdays, as eight digits: the years of most who have a phone."""
    for year in range(1988, 2001):
        for month, days in enumerate((31, 29 if year % 4 == 0 else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31), 1):
            yield from (f"{year}{month:02d}{day:02d}" for day in range(1, days + 1))


def spellings(sources):
    """The commonest words of Chinese, in pinyin."""
    sys.path.insert(0, os.path.join(sources, "pypinyin"))
    from pypinyin import lazy_pinyin

    rows = []
    with open(os.path.join(sources, "jieba", "jieba", "dict.txt"), encoding="utf-8") as file:
        for line in file:
            word, count = line.split(" ")[:2]
            if re.fullmatch("[一-鿿]{2,4}", word):
                rows.append((-int(count), word))
    found = dict()
    for _, word in sorted(rows):
        spelled = "".join(lazy_pinyin(word))
        if len(spelled) >= LONG and spelled.isascii() and spelled.isalpha():
            found[spelled] = None
            if len(found) == WORDS:
                break
    return found


def seen(sources, stems):
    """Of zxcvbn's list: digits, and one of our stems with digits behind it."""
    with open(os.path.join(sources, "zxcvbn", "package", "lib", "frequency_lists.js"), encoding="utf-8") as file:
        listed = re.search(r'passwords: "([^"]*)"', file.read())[1].split(",")
    for word in listed:
        if word.isdigit() or word.rstrip("0123456789") in stems:
            yield word


def main():
    (sources,) = sys.argv[1:]
    spelled = spellings(sources)
    stems = {*PHRASES, *PRODUCTS, *SURNAMES, *(a + b for a, b in itertools.product(SURNAMES, GIVEN)), *spelled}
    parts = {
        "joined": joined(), "names": names(), "initials": initials(), "walks": walks(), "digits": digits(), "dates": dates(),
        "spellings": spelled, "seen": seen(sources, stems),
    }
    words, counts = set(), {}
    for part, made in parts.items():
        before = len(words)
        words.update(w for w in made if LONG <= len(w) <= LIMIT)
        counts[part] = len(words) - before
    sys.stdout.write("".join(f"{word}\n" for word in sorted(words)))
    print(f"{len(words)} passwords; new in each part: {counts}", file=sys.stderr)


main()
