"""Plain sentences in many languages, put together from short lists of parts.

A language is a list of patterns and, for each letter in braces, what may stand there; the parts of one
list fit wherever its letter stands.
"""
# SPDX-License-Identifier: Apache-2.0
import itertools

# name: patterns, then the parts by letter, separated by bars.
LANGUAGES = {
    "English": (["{s} {v} {o} {t}.", "{t}, {s} {v} {o}!", "Did you know that {s} {v} {o}?"], dict(
        s="the old baker|our neighbour's dog|Dr. O'Neill|a well-known engineer|nobody|the six-year-old",
        v="can't find|has already sold|won't share|re-reads|would've painted",
        o="the blue umbrella|a state-of-the-art telescope|her co-author's notes|twenty-two kites",
        t="this morning|on 3rd May|at half past nine|before the rain|in the '90s")),
    "German": (["{t} {v} {s} {o}.", "{s} {v} {t} {o}!", "„{s} {v} {o}“, hieß es {t}."], dict(
        s="der Bäcker|unsere Großmutter|Frau Müller-Lüdenscheidt|das Mädchen|niemand",
        v="verkauft|findet|übersetzt|zerreißt|genießt",
        o="den Wörterbucheintrag|die Straßenbahnhaltestelle|fünf Äpfel|das Geschwindigkeitsbegrenzungsschild",
        t="heute früh|am 3. März|im Übrigen|größtenteils|um ½ 9 Uhr")),
    "French": (["{s} {v} {o} {t}.", "{t}, {s} {v} {o} !", "Est-ce que {s} {v} {o} ?"], dict(
        s="l'élève|le garçon d'à côté|ma sœur aînée|la fée|Jean-François",
        v="achète|n'a pas goûté|s'appropriait|préfère|a aperçu",
        o="un gâteau aux pêches|l'œuf du coq|les hôtels de l'île|vingt-et-un théâtres",
        t="aujourd'hui|à l'été|dès Noël|l'après-midi|où que ce soit")),
    "Spanish": (["{s} {v} {o} {t}.", "¿{t} {s} {v} {o}?", "¡{s} {v} {o}!"], dict(
        s="el niño|mi compañera|la cigüeña|el señor Núñez|nadie",
        v="encontró|está pidiendo|construyó|avergüenza con|soñaba con",
        o="un paraguas azul|las montañas|el último camión|diez lápices",
        t="mañana|después de la lluvia|el miércoles|aquí|en otoño")),
    "Portuguese": (["{s} {v} {o} {t}.", "{t}, {s} {v} {o}.", "Será que {s} {v} {o}?"], dict(
        s="a minha avó|o João|o cão|a princesa|ninguém",
        v="não encontrou|pôs|construiu|desenhará|pediu-lhe",
        o="o pão quente|as lições|três maçãs|a canção do coração",
        t="amanhã|à tarde|às três horas|em São Paulo")),
    "Italian": (["{s} {v} {o} {t}.", "Perché {s} {v} {o}?", "{t} {s} {v} {o}…"], dict(
        s="l'amico di Nicolò|la zia|il caffè|quell'uomo|nessuno",
        v="può vedere|comprò|disegnò|sognò|dà",
        o="un'arancia|la città|gli sciatori|l'università",
        t="giovedì|all'alba|lunedì mattina|quassù")),
    "Dutch": (["{t} {v} {s} {o}.", "{s} {v} {o}, {t}.", "'s Avonds {v} {s} {o}!"], dict(
        s="de bakker|mijn zus|IJsbrand|het meisje|'n vriend",
        v="vergeet|koopt|schildert|coördineert",
        o="het ijsje|de zeeën|drie foto's|een hele mooie fiets",
        t="vandaag|in de zomer|om tien over half elf")),
    "Swedish": (["{t} {v} {s} {o}.", "{s} {v} {o} {t}!", "Varför {v} {s} {o}?"], dict(
        s="bagaren|vår mormor|älgen|Åsa|ingen",
        v="målar|köper|äter|gömmer|översätter",
        o="en blå båt|räksmörgåsen|tjugoåtta nycklar|brödet",
        t="i går|på ön|före regnet|kl. 7")),
    "Finnish": (["{s} {v} {o} {t}.", "{t} {s} {v} {o}?", "Hän sanoi, että {s} {v} {o}."], dict(
        s="leipuri|isoäiti|Åke Öström|tyttö|kukaan",
        v="myy|löytää|kääntää|ei syö|näkee",
        o="sinisen sateenvarjon|lentokonesuihkuturbiinimoottorin|hyväntahtoisen ystävänsä|pöydän",
        t="tänään|järjestelmällisyydellänsäkään|metsässä|yöllä")),
    "Polish": (["{s} {v} {o} {t}.", "{t} {s} {v} {o}!", "Czy {s} {v} {o}?"], dict(
        s="piekarz|moja siostra|Grzegorz Brzęczyszczykiewicz|źrebię|nikt",
        v="znalazł|sprzedaje|pożycza|próbuje|śnił o",
        o="niebieską łódkę|świeży chleb|pięć gęsi|książkę",
        t="dziś|w środę|o wpół do ósmej|jesienią")),
    "Czech": (["{t} {v} {s} {o}.", "{s} {v} {o}, {t}.", "Proč {s} {v} {o}?"], dict(
        s="pekař|naše babička|kůň|Jiří Dvořák|nikdo",
        v="prodává|našel|překládá|ztratil|přečte",
        o="modrý deštník|čtyři žlutá jablka|nejneobhospodařovávatelnější pole|dům",
        t="dnes ráno|ve středu|před deštěm|večer")),
    "Hungarian": (["{s} {t} {v} {o}.", "{t} {s} {v} {o}!", "Miért {v} {s} {o}?"], dict(
        s="a pék|a nővérem|Ödön bácsi|a kislány|senki",
        v="eladja|megtalálta|lefordította|őrzi|szereti",
        o="a kék esernyőt|a megszentségteleníthetetlenségeskedéseiteket|öt tűt|a könyvét",
        t="ma reggel|szerdán|ősszel|fél kilenckor")),
    "Romanian": (["{s} {v} {o} {t}.", "{t}, {s} {v} {o}.", "Oare {s} {v} {o}?"], dict(
        s="brutarul|sora mea|Ștefan|fetița|nimeni",
        v="a găsit|vinde|n-a văzut|își ține|într-adevăr vrea",
        o="o umbrelă albastră|pâinea caldă|douăzeci de țigle|mărul",
        t="astăzi|la țară|miercuri|toamna")),
    "Turkish": (["{s} {t} {o} {v}.", "{t} {s} {o} {v}!", "{s} {o} {v} mi?"], dict(
        s="fırıncı|kız kardeşim|İsmail Bey|Iğdırlı çocuk|kimse",
        v="buldu|sattı|çeviriyor|görmüş|unuttu",
        o="mavi şemsiyeyi|sıcak ekmeği|Çekoslovakyalılaştıramadıklarımızı|ağacı",
        t="bugün|sabah 9'da|kışın|İstanbul'da")),
    "Vietnamese": (["{s} {v} {o} {t}.", "{t}, {s} {v} {o}!", "Tại sao {s} {v} {o}?"], dict(
        s="bà ngoại tôi|người thợ làm bánh|cô bé|ông Nguyễn Hữu Đức|không ai",
        v="đã tìm thấy|đang bán|sẽ dịch|thích ăn|vẽ",
        o="chiếc ô màu xanh|bánh mì nóng|quyển từ điển|năm quả táo",
        t="hôm nay|ở Đà Nẵng|vào thứ tư|trước cơn mưa")),
    "Indonesian": (["{s} {v} {o} {t}.", "{t} {s} {v} {o}.", "Apakah {s} {v} {o}?"], dict(
        s="tukang roti|kakak saya|anak-anak|Pak Budi",
        v="menjual|mencari|membaca|memperbaiki|tidak makan",
        o="payung biru|roti hangat|buku-buku itu|lima buah apel",
        t="hari ini|di Yogyakarta|pada pukul 7.30")),
    "Russian": (["{t} {s} {v} {o}.", "{s} {v} {o}, {t}!", "Почему {s} {v} {o}?"], dict(
        s="пекарь|моя бабушка|Пётр Щёголев|ёжик|никто",
        v="находит|продаёт|переводит|рисует|не съест",
        o="синий зонт|тёплый хлеб|пятьдесят объявлений|книгу",
        t="сегодня утром|в среду|осенью|из-за дождя")),
    "Ukrainian": (["{t} {s} {v} {o}.", "{s} {v} {o}, {t}!", "Чому {s} {v} {o}?"], dict(
        s="пекар|моя бабуся|Їжакевич|дівчинка|ніхто",
        v="знаходить|продає|з'їдає|малює|шукає",
        o="синю парасольку|теплий хліб|п'ять ґудзиків|підручник",
        t="сьогодні|у Києві|восени|об 11-й")),
    "Bulgarian": (["{t} {s} {v} {o}.", "{s} {v} {o} {t}.", "Дали {s} {v} {o}?"], dict(
        s="хлебарят|сестра ми|никой|Щерьо",
        v="намира|продава|превежда|рисува",
        o="синия чадър|топъл хляб|пет ябълки|книгата ѝ",
        t="днес|в София|през есента")),
    "Greek": (["{s} {v} {o} {t}.", "{t}, {s} {v} {o}.", "Γιατί {s} {v} {o};"], dict(
        s="ο φούρναρης|η γιαγιά μου|ο Οδυσσέας|κανείς",
        v="βρήκε|πουλάει|μεταφράζει|ζωγραφίζει",
        o="την μπλε ομπρέλα|ζεστό ψωμί|πέντε ψαλίδια|το προϊόν",
        t="σήμερα το πρωί|στη Ρόδο|το φθινόπωρο|στις 8½")),
    "Armenian": (["{s} {t} {v} {o}։", "{t} {s} {v} {o}։", "Ինչո՞ւ {s} {v} {o}։"], dict(
        s="հացթուխը|տատիկս|աղջիկը|Եղիշեն",
        v="գտավ|վաճառում է|թարգմանեց",
        o="կապույտ հովանոցը|տաք հաց|հինգ գիրք",
        t="այսօր|աշնանը|Երևանում")),
    "Georgian": (["{s} {t} {o} {v}.", "{t} {s} {o} {v}!", "რატომ {v} {s} {o}?"], dict(
        s="მცხობელი|ბებიაჩემი|გოგონა|არავინ",
        v="ყიდის|ეძებს|თარგმნის|ხატავს",
        o="ლურჯ ქოლგას|ცხელ პურს|წიგნს",
        t="დღეს დილით|თბილისში|შემოდგომაზე")),
    "Hebrew": (["{s} {v} {o} {t}.", "{t} {s} {v} {o}!", "האם {s} {v} {o}?"], dict(
        s="האופה|אחותי|ד\"ר כהן|הילדה|סבתא שלי",
        v="מוכר|מצא|תרגם|לא אכל",
        o="את המטרייה הכחולה|לחם חם|חמישה תפוחים|סֵפֶר",
        t="הבוקר|בירושלים|בשעה 8:30|לפני הגשם")),
    "Arabic": (["{v} {s} {o} {t}.", "{t}، {v} {s} {o}!", "هل {v} {s} {o}؟"], dict(
        s="الخبّاز|جدّتي|المهندس أحمد|الطِّفْلُ",
        v="باع|وجد|ترجم|لم يأكل",
        o="المظلّة الزرقاء|خبزًا ساخنًا|خمسة كتب|السيّارة",
        t="اليوم|في الإسكندرية|قبل المطر|الساعة ٨:٣٠")),
    "Persian": (["{s} {t} {o} {v}.", "{t} {s} {o} {v}!", "آیا {s} {o} {v}؟"], dict(
        s="نانوا|مادربزرگم|دخترک|آقای کریمی",
        v="می‌فروشد|پیدا کرد|نمی‌خواهد|ترجمه کرد",
        o="چتر آبی را|نان گرم|پنج کتاب‌خانه را",
        t="امروز صبح|در تهران|پیش از باران|۱۴۰۲/۵/۷")),
    "Urdu": (["{s} {t} {o} {v}۔", "کیا {s} {o} {v}؟"], dict(
        s="نانبائی|میری دادی|لڑکا",
        v="بیچتا ہے|ڈھونڈتا ہے|پڑھ رہا ہے",
        o="نیلی چھتری|گرم روٹی|پانچ کتابیں",
        t="آج صبح|لاہور میں|بارش سے پہلے")),
    "Hindi": (["{s} {t} {o} {v}।", "{t} {s} {o} {v}!", "क्या {s} {o} {v}?"], dict(
        s="बढ़ई|मेरी दादी|छोटी लड़की|कोई नहीं",
        v="बेचता है|ढूँढ रहा है|पढ़ेगी|ख़रीदता है",
        o="नीला छाता|गरम रोटी|पाँच किताबें|अंग्रेज़ी शब्दकोश",
        t="आज सुबह|दिल्ली में|बारिश से पहले|९ बजे")),
    "Marathi": (["{s} {t} {o} {v}.", "{t} {s} {o} {v}!"], dict(
        s="माझी आजी|सुतार|मुलगी",
        v="विकते|शोधत आहे|वाचेल",
        o="निळी छत्री|गरम भाकरी|पाच पुस्तकं|ॲप",
        t="आज सकाळी|पुण्यात|पावसाआधी|सोळा वर्षांपूर्वी")),
    "Bengali": (["{s} {t} {o} {v}।", "{s} কি {o} {v}?"], dict(
        s="আমার দিদিমা|ছোট মেয়েটি|কেউ",
        v="খুঁজছে|বিক্রি করে|পড়বে",
        o="নীল ছাতা|গরম রুটি|পাঁচটি বই",
        t="আজ সকালে|ঢাকায়|বৃষ্টির আগে|১০টায়")),
    "Tamil": (["{s} {t} {o} {v}.", "{t} {s} {o} {v}!"], dict(
        s="என் பாட்டி|சிறுமி|யாரும்",
        v="தேடுகிறாள்|விற்கிறார்|படிப்பாள்",
        o="நீலக் குடையை|சூடான ரொட்டியை|ஐந்து புத்தகங்களை",
        t="இன்று காலை|சென்னையில்|மழைக்கு முன்")),
    "Telugu": (["{s} {t} {o} {v}.", "{t} {s} {o} {v}!"], dict(
        s="మా అమ్మమ్మ|చిన్న అమ్మాయి|ఎవరూ",
        v="వెతుకుతోంది|అమ్ముతుంది|చదువుతుంది",
        o="నీలం గొడుగును|వేడి రొట్టెను|ఐదు పుస్తకాలను",
        t="ఈ రోజు|హైదరాబాద్‌లో|వర్షానికి ముందు")),
    "Thai": (["{s}{v}{o}{t}", "{t} {s}{v}{o}ครับ", "ทำไม{s}{v}{o}?"], dict(
        s="คุณยาย|คนทำขนมปัง|เด็กผู้หญิง|ไม่มีใคร",
        v="กำลังขาย|หาไม่เจอ|ชอบวาด|แปล",
        o="ร่มสีน้ำเงิน|ขนมปังร้อนๆ|หนังสือห้าเล่ม|ต้นไม้ใหญ่",
        t="เมื่อเช้านี้|ที่เชียงใหม่|ก่อนฝนตก|เวลา ๐๘.๓๐ น.")),
    "Burmese": (["{s}{t}{o}{v}။", "{t} {s} {o} {v}။"], dict(
        s="အဘွားက|ကောင်မလေးက|ဘယ်သူမှ",
        v="ရောင်းတယ်|ရှာနေတယ်|ဖတ်မယ်",
        o="ထီးအပြာကို|ပေါင်မုန့်|စာအုပ်ငါးအုပ်",
        t="ဒီမနက်|ရန်ကုန်မှာ|မိုးမရွာခင်")),
    "Korean": (["{s} {t} {o} {v}.", "{t} {s} {o} {v}!", "왜 {s} {o} {v}?"], dict(
        s="우리 할머니는|빵집 주인이|여자아이가|아무도|김 박사님께서",
        v="팔았습니다|찾고 있다|번역했어요|읽지 않는다|잃어버렸대요",
        o="파란 우산을|따뜻한 빵을|책 다섯 권을|컴퓨터를",
        t="오늘 아침|서울에서|비 오기 전에|9시 30분에")),
    "Chinese": (["{s}{t}{v}{o}。", "{t}，{s}{v}{o}！", "为什么{s}{v}{o}？", "“{s}{v}{o}”"], dict(
        s="我奶奶|面包师|那个小女孩|没有人|王工程师",
        v="卖掉了|正在找|翻译过|不喜欢|看见",
        o="蓝色的雨伞|热面包|五本书|人工智能模型",
        t="今天早上|在上海|下雨以前|二〇二三年五月")),
    "Cantonese": (["{s}{t}{v}{o}。", "{t}，{s}{v}{o}！", "點解{s}{v}{o}？"], dict(
        s="我阿嫲|嗰個細路女|冇人|麵包師傅",
        v="賣咗|搵緊|鍾意|唔見咗",
        o="藍色嘅遮|熱麵包|五本書|隻龜",
        t="今朝|喺香港|落雨之前|聽日")),
    "Japanese": (["{s}{t}{o}{v}。", "{t}、{s}{o}{v}！", "なぜ{s}{o}{v}のか？", "「{s}{o}{v}」と言った。"], dict(
        s="祖母が|パン屋の主人は|小さな女の子が|誰も|東京都の職員も",
        v="売った|探している|翻訳しました|読まない|落としてしまった",
        o="青い傘を|焼きたてのパンを|本を五冊|コンピューターを|すもももももも",
        t="今朝|京都駅で|雨が降る前に|９時３０分に|平成２０年")),
    "Swahili": (["{s} {v} {o} {t}.", "{t} {s} {v} {o}!", "Je, {s} {v} {o}?"], dict(
        s="bibi yangu|mwokaji|msichana mdogo",
        v="anauza|ametafuta|atasoma|hakumpa",
        o="mwavuli wa bluu|mkate moto|vitabu vitano",
        t="leo asubuhi|mjini Mombasa|kabla ya mvua")),
    "Amharic": (["{s} {t} {o} {v}።", "{t}፣ {s} {o} {v}!"], dict(
        s="አያቴ|ትንሿ ልጅ|ዳቦ ጋጋሪው",
        v="ሸጠ|ፈለገች|ያነባል",
        o="ሰማያዊ ጃንጥላ|ትኩስ ዳቦ|አምስት መጻሕፍት",
        t="ዛሬ ጠዋት|በአዲስ አበባ|ከዝናብ በፊት")),
}


def all_sentences(name):
    """Every sentence that a language's parts make, in one order."""
    patterns, parts = LANGUAGES[name]
    letters = list(parts)
    for chosen in itertools.product(*(parts[letter].split("|") for letter in letters)):
        filled = dict(zip(letters, chosen))
        for pattern in patterns:
            # What a pattern has no place for would only repeat a sentence.
            if all(filled[x] == parts[x].split("|")[0] for x in letters if "{" + x + "}" not in pattern):
                text = pattern.format(**filled)
                yield text[0].upper() + text[1:]


def sentences(rng, each):
    """At most `each` sentences of each language."""
    result = []
    for name in LANGUAGES:
        whole = list(all_sentences(name))
        result += rng.sample(whole, min(each, len(whole)))
    return result
