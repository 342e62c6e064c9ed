"""Words that the review looks for, by language, each list with the rule of the writing guide that it serves.

An entry of several words is a phrase. Entries match whole words, whatever their case, but for brands and codes, which match
as they are written (an apple is not an Apple).
"""

from __future__ import annotations

from collections.abc import Mapping


def word_list(text: str) -> tuple[str, ...]:
    """The entries of a list that is written with commas."""
    return tuple(entry.strip() for entry in text.replace("\n", ",").split(",") if entry.strip())


GIVE_AWAYS: Mapping[str, tuple[str, ...]] = {
    "en": word_list(
        "always, never, just, simply, only, immediately, politely, calmly, patiently, sincerely, empathise, empathize, "
        "understand how you feel, understand how he feels, understand how she feels, understand how they feel"
    ),
    "es": word_list(
        "siempre, nunca, jamás, simplemente, solo, sólo, solamente, únicamente, inmediatamente, de inmediato, amablemente, "
        "con calma, con paciencia, pacientemente, sinceramente, empatizar, comprender cómo se siente, entender cómo se siente"
    ),
}
"""G6: words by which a test-wise person knows the wanted option, or knows that an option is not wanted."""

ABSOLUTES: Mapping[str, tuple[str, ...]] = {
    "en": word_list(
        "absolutely, completely, totally, entirely, perfectly, definitely, certainly, impossible, whatever, no matter what, "
        "under no circumstances, at all costs, at any cost, in every case, everybody, everyone"
    ),
    "es": word_list(
        "absolutamente, completamente, totalmente, enteramente, perfectamente, definitivamente, ciertamente, imposible, pase "
        "lo que pase, bajo ningún concepto, a toda costa, en todos los casos, todo el mundo"
    ),
}
"""G6: options that claim to hold without exception are rarely keyed, and people who sit many tests know it."""

COURTESIES_AND_FEELINGS: Mapping[str, tuple[str, ...]] = {
    "en": word_list(
        "sorry, apologise, apologize, apology, please, thank, thanks, grateful, glad, happy, pleased, welcome, dear, kind, "
        "kindly, friendly, polite, warm, gentle, regret, unfortunately, appreciate, understand, feel, feels, feeling, "
        "feelings, felt, worry, worries, worried, worrying, upset, upsets, upsetting, sad, angry, anger, annoyed, annoying, "
        "afraid, fear, frustrated, frustrating, frustration, disappointed, disappointing, ashamed, embarrassed, hurt, calm, "
        "relieved, hope, concerned, concern, unpleasant, sympathy, empathy, comfort"
    ),
    "es": word_list(
        "disculpa, disculpas, disculparse, perdón, pedir perdón, lamentar, lamenta, lamento, siento, por favor, gracias, "
        "agradecer, agradece, agradezco, amable, amablemente, cordial, cortés, comprender, comprendo, entender, entiendo, "
        "sentir, siente, sentimiento, sentimientos, preocupar, preocupado, preocupada, preocupación, molesto, molesta, "
        "molestia, triste, enojado, enojada, enfado, miedo, frustrado, frustrada, decepcionado, decepcionada, vergüenza, "
        "tranquilo, tranquila, calma, contento, contenta, alegría, esperanza, empatía, desafortunadamente"
    ),
}
"""G5: an option is not to win by sounding kinder than the others."""

AND_OR_THEN: Mapping[str, tuple[str, ...]] = {
    "en": word_list("and, or, then"),
    "es": word_list("y, e, o, u, luego, entonces, después"),
}
"""G5: what joins two acts that can be judged apart."""

ACTIONS = frozenset(
    word_list(
        "accept, add, admit, advise, agree, allow, answer, apologise, apologize, apply, approve, arrange, ask, assure, bring, "
        "book, call, cancel, carry, change, charge, check, choose, clean, close, collect, come, compare, confirm, connect, "
        "contact, copy, count, decide, decline, deliver, deny, describe, drop, end, escalate, exchange, explain, extend, "
        "fill, find, finish, fit, fix, follow, forward, give, go, hand, help, hold, inform, install, invite, keep, laugh, "
        "leave, lend, let, listen, look, make, mark, measure, mention, move, name, note, offer, open, order, pack, pass, pay, "
        "plan, point, print, promise, propose, put, raise, read, record, refer, refund, refuse, reject, remind, remove, "
        "repair, repeat, replace, reply, report, request, reserve, return, say, search, see, sell, send, serve, set, share, "
        "show, sign, speak, start, stay, stop, store, suggest, switch, take, talk, tell, test, thank, tick, transfer, try, "
        "turn, use, visit, wait, warn, weigh, withdraw, work, write"
    )
)
"""G5: what an agent does, in the form in which English options begin. (Spanish options have infinitives, known by their end.)"""

CLINICAL: Mapping[str, tuple[str, ...]] = {
    "en": word_list(
        "autism, autistic, asperger, adhd, attention deficit, neurotypical, neurodivergent, alexithymia, dyslexia, dyslexic, "
        "anxiety disorder, panic attack, panic disorder, bipolar, schizophrenia, schizophrenic, psychotic, psychopath, "
        "narcissist, narcissistic, depression, depressed, depressive, personality disorder, ptsd, trauma, traumatised, "
        "traumatized, dementia, alzheimer, obsessive-compulsive, ocd, mental illness, mental health, psychiatrist, empathy "
        "quotient, autism spectrum quotient, interpersonal reactivity index, toronto empathy questionnaire, reading the mind "
        "in the eyes, patient health questionnaire"
    ),
    "es": word_list(
        "autismo, autista, asperger, tdah, déficit de atención, neurotípico, neurodivergente, alexitimia, dislexia, "
        "disléxico, depresión, deprimido, deprimida, depresivo, ataque de pánico, bipolar, esquizofrenia, psicótico, "
        "psicópata, narcisista, trauma, demencia, alzheimer, enfermedad mental, salud mental, psiquiatra, cociente de empatía"
    ),
}
"""G11: no clinical or trait-empathy scale and no word of one: this is a test for a job, not of a condition."""

SCALES = word_list("AQ, EQ, IRI, TEQ, RMET, QCAE, PHQ-9, GAD-7, BDI, MBTI")
"""G11: short names of clinical and trait scales, as they are written."""

BRANDS = word_list(
    "Amazon, Apple, iPhone, iPad, Google, Gmail, YouTube, Android, Microsoft, Facebook, Instagram, WhatsApp, TikTok, Twitter, "
    "LinkedIn, Netflix, Spotify, PayPal, Mastercard, Klarna, Uber, Lyft, Airbnb, Booking.com, eBay, Alibaba, Walmart, Ikea, "
    "IKEA, Costco, Tesco, Carrefour, Aldi, Lidl, Zara, Nike, Adidas, Samsung, Sony, Nokia, Huawei, Xiaomi, Lenovo, Dell, "
    "Tesla, Toyota, Volkswagen, BMW, Mercedes, Ford, Honda, DHL, FedEx, UPS, Vodafone, Verizon, AT&T, Telefonica, Movistar, "
    "Skype, Starbucks, McDonald's, Coca-Cola, Pepsi, Lego, LEGO, Hilton, Marriott, Ryanair, Lufthansa, Iberia, Zappos, "
    "Zendesk, Salesforce"
)
"""G10: no brand. A short list of names that come to mind; a reader sees to the rest."""

PROTECTED: Mapping[str, tuple[str, ...]] = {
    "en": word_list(
        "disability, disabilities, disabled, handicapped, wheelchair, deaf, blind person, blind man, blind woman, pregnant, "
        "pregnancy, gay, lesbian, bisexual, homosexual, transgender, muslim, islam, islamic, jewish, jew, christian, "
        "christianity, catholic, protestant, hindu, buddhist, sikh, atheist, religion, religious, church, mosque, synagogue, "
        "priest, imam, rabbi, immigrant, immigrants, immigration, refugee, refugees, asylum, foreigner, foreigners, "
        "nationality, ethnic, ethnicity, race, racist, racism, gypsy, roma, elderly, old man, old woman, old lady, pensioner, "
        "teenager, cancer, hiv, aids, diabetes"
    ),
    "es": word_list(
        "discapacidad, discapacitado, discapacitada, minusválido, silla de ruedas, sordo, sorda, ciego, ciega, embarazada, "
        "embarazo, gay, lesbiana, bisexual, homosexual, transgénero, musulmán, musulmana, islam, judío, judía, cristiano, "
        "cristiana, católico, católica, protestante, hindú, budista, ateo, religión, religioso, iglesia, mezquita, sinagoga, "
        "inmigrante, inmigrantes, refugiado, refugiada, extranjero, extranjera, nacionalidad, etnia, raza, racista, gitano, "
        "gitana, anciano, anciana, jubilado, jubilada, adolescente, cáncer, vih, sida, diabetes, americano, francés, alemán, "
        "español, italiano, chino, china, japonés, mexicano, árabe, africano, latino, latina"
    ),
}
"""G10: no customer's disability, faith, origin, orientation, age or illness as the problem."""

NATIONS = word_list(
    "American, British, English, French, German, Spanish, Italian, Polish, Russian, Ukrainian, Turkish, Greek, Arab, Arabic, "
    "African, Asian, Chinese, Japanese, Korean, Indian, Pakistani, Mexican, Latino, Latina, Hispanic, Brazilian"
)
"""G10: where a person comes from, as it is written: one polishes a floor."""

HOLIDAYS: Mapping[str, tuple[str, ...]] = {
    "en": word_list(
        "christmas, christmas eve, easter, ramadan, eid, diwali, hanukkah, passover, yom kippur, thanksgiving, new year's "
        "eve, new year, lunar new year, halloween, valentine, valentine's day, mother's day, father's day, black friday, bank "
        "holiday, labour day, labor day, independence day, carnival"
    ),
    "es": word_list(
        "navidad, nochebuena, semana santa, pascua, ramadán, diwali, janucá, acción de gracias, nochevieja, fin de año, año "
        "nuevo, reyes magos, halloween, san valentín, día de la madre, día del padre, black friday, día festivo, carnaval"
    ),
}
"""G10: no holiday: who keeps it differs by place and faith."""

CLICHES: Mapping[str, tuple[str, ...]] = {
    "en": word_list(
        "hotel, hotels, restaurant, restaurants, waiter, flight seat, seat on the flight, plane seat, seat on the plane, "
        "window seat, birthday, birthdays, wedding, weddings, honeymoon, lost toy, teddy bear, customer is always right, "
        "customer is king"
    ),
    "es": word_list(
        "hotel, hoteles, restaurante, restaurantes, camarero, asiento del avión, asiento de avión, cumpleaños, boda, bodas, "
        "luna de miel, juguete perdido, oso de peluche, cliente siempre tiene la razón"
    ),
}
"""G9: the worn scenes of service stories, whose answer everybody knows."""

CURRENCY_SIGNS = "$€£¥₹₽₩₺₦₱฿₫₴₪₡₲₵₸₼₾"
CURRENCY_WORDS: Mapping[str, tuple[str, ...]] = {
    "en": word_list(
        "dollar, dollars, euro, euros, cent, cents, pence, rupee, rupees, peso, pesos, yen, yuan, ruble, rubles, franc, francs"
    ),
    "es": word_list("dólar, dólares, euro, euros, centavo, centavos, céntimo, céntimos, peso, pesos, rupia, rupias, yen, yenes"),
}
CURRENCY_CODES = word_list("USD, EUR, GBP, JPY, CNY, INR, CHF, MXN, BRL, CAD, AUD")
"""G10: amounts are bare numbers that share one unit."""

STOP_WORDS: Mapping[str, frozenset[str]] = {
    "en": frozenset(
        word_list(
            "a, about, after, again, all, also, am, an, and, another, any, are, around, as, ask, at, away, back, be, because, "
            "been, before, being, between, both, but, by, call, came, can, cannot, come, could, did, do, does, done, down, "
            "each, else, even, first, for, from, get, gets, give, given, go, goes, gone, got, had, has, have, he, her, here, "
            "hers, herself, him, himself, his, how, i, if, in, into, is, it, its, just, know, last, least, less, let, like, "
            "made, make, many, may, me, mean, might, mine, more, most, much, must, my, myself, need, new, next, no, nobody, "
            "nor, not, nothing, now, of, off, old, on, once, one, only, or, other, others, our, out, over, own, part, put, "
            "said, same, say, see, send, shall, she, should, show, so, some, somebody, something, still, such, take, tell, "
            "than, that, the, their, theirs, them, then, there, these, they, thing, this, those, three, through, time, to, "
            "today, told, tomorrow, too, two, under, until, up, us, use, very, want, was, way, we, well, were, what, when, "
            "where, which, while, who, whom, whose, why, will, with, without, would, write, yes, yet, you, your, yours, "
            "yourself, effective"
        )
    ),
    "es": frozenset(
        word_list(
            "a, al, algo, alguien, algún, alguna, ante, antes, así, aunque, aún, cada, casi, como, con, cosa, cual, cuando, "
            "cuál, cómo, de, decir, dar, del, desde, después, dice, dicho, donde, dos, durante, él, el, ella, ellas, ellos, "
            "en, entre, era, eran, es, esa, ese, eso, esta, estaba, estado, estar, este, esto, está, están, fue, ha, haber, "
            "hace, hacer, hacia, han, hasta, hay, hoy, la, las, le, les, lo, los, luego, mañana, más, me, menos, mi, mis, "
            "mismo, mucho, muy, más, nada, nadie, ni, no, nos, nuestro, o, otra, otro, para, pedir, pero, poco, poder, "
            "podría, por, porque, primero, puede, que, qué, quien, se, sea, ser, si, sido, sin, sobre, son, su, sus, sí, "
            "también, tan, tiene, tienen, toda, todo, todos, tomar, tres, tu, un, una, uno, usted, va, vez, ya, y, eficaz"
        )
    ),
}
"""Words that carry no content: an option that has one in common with the stem says nothing by it."""
