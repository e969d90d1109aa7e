// The emoji on offer, in the order and with the names of Unicode's emoji-test.txt 17.0 (some names shortened); none younger
// than Emoji 14, so that older systems can draw them. Each is followed by its name, and weighs about 8 bytes.

export const groups = {
  Smileys: `😀grinning face😃grinning face with big eyes😄grinning face with smiling eyes😁beaming face with smiling eyes
😆grinning squinting face😅grinning face with sweat🤣rolling on the floor laughing😂face with tears of joy🙂slightly smiling face
🙃upside-down face🫠melting face😉winking face😊smiling face with smiling eyes😇smiling face with halo🥰smiling face with hearts
😍smiling face with heart-eyes🤩star-struck😘face blowing a kiss☺️smiling face🥲smiling face with tear😋savoring food😛face with tongue
😜winking face with tongue🤪zany face😝squinting face with tongue🤑money-mouth face🤗smiling face with open hands🤭face with hand over mouth
🫢face with open eyes and hand over mouth🫣face with peeking eye🤫shushing face🤔thinking face🫡saluting face🤐zipper-mouth face
🤨face with raised eyebrow😐neutral face😑expressionless face😶face without mouth😏smirking face😒unamused face🙄face with rolling eyes
😬grimacing face😮‍💨exhaling face🤥lying face😌relieved face😔pensive face😪sleepy face🤤drooling face😴sleeping face😷face with medical mask
🤒face with thermometer🤕face with head-bandage🤢nauseated face🤮face vomiting🤧sneezing face🥵hot face🥶cold face🥴woozy face
😵face with crossed-out eyes😵‍💫face with spiral eyes🤯exploding head🤠cowboy hat face🥳partying face😎smiling face with sunglasses🤓nerd face
🧐face with monocle😕confused face😟worried face🙁slightly frowning face☹️frowning face😮face with open mouth😲astonished face😳flushed face
🥺pleading face🥹face holding back tears😨fearful face😰anxious face with sweat😢crying face😭loudly crying face😱face screaming in fear
😣persevering face😞disappointed face😓downcast face with sweat😩weary face😫tired face🥱yawning face😤face with steam from nose😡enraged face
😠angry face🤬face with symbols on mouth😈smiling face with horns👿angry face with horns💀skull💩poo🤡clown face👻ghost👽alien🤖robot😺grinning cat
😸grinning cat with smiling eyes😹cat with tears of joy😻smiling cat with heart-eyes😿crying cat🙈see-no-evil monkey🙉hear-no-evil monkey
🙊speak-no-evil monkey💌love letter💘heart with arrow💖sparkling heart💗growing heart💓beating heart💕two hearts💔broken heart❤️‍🔥heart on fire
❤️red heart🧡orange heart💛yellow heart💚green heart💙blue heart💜purple heart🤎brown heart🖤black heart🤍white heart💋kiss💯hundred points
💥collision💫dizzy💦sweat drops💨dashing away💬speech balloon💭thought balloon💤ZZZ`,
  People: `👋waving hand✋raised hand👌OK hand🤌pinched fingers🤏pinching hand✌️victory hand🤞crossed fingers🤟love-you gesture🤘horns
🤙call me hand👈pointing left👉pointing right👆pointing up👇pointing down☝️index pointing up👍thumbs up👎thumbs down✊raised fist👊oncoming fist
👏clapping hands🙌raising hands🫶heart hands👐open hands🤝handshake🙏folded hands✍️writing hand💅nail polish🤳selfie💪flexed biceps👂ear🧠brain👀eyes
👁️eye👅tongue👄mouth👶baby🧒child👦boy👧girl🧑person👨man👩woman👴old man👵old woman🙅gesturing NO🙆gesturing OK💁tipping hand🙋raising hand🙇bowing
🤦facepalming🤷shrugging🧑‍⚕️health worker🧑‍🎓student🧑‍🏫teacher🧑‍🍳cook🧑‍💼office worker🧑‍🔬scientist🧑‍💻technologist🧑‍🎨artist🧑‍🚀astronaut
👮police officer🥷ninja🤴prince👸princess🎅Santa Claus🦸superhero🧙mage🧚fairy🧟zombie🚶walking🏃running💃woman dancing🕺man dancing🏄surfing🏊swimming
🏋️lifting weights🚴biking🧘lotus position🫂hugging people👪family`,
  Nature: `🐵monkey face🐒monkey🐶dog face🐕dog🐺wolf🦊fox🐱cat face🐈cat🦁lion🐯tiger face🐴horse face🐎horse🦄unicorn🦓zebra🐮cow face🐄cow
🐷pig face🐖pig🐑ewe🐐goat🦒giraffe🐘elephant🐭mouse face🐹hamster🐰rabbit face🐇rabbit🦔hedgehog🦇bat🐻bear🐻‍❄️polar bear🐨koala🐼panda🦥sloth🦦otter
🐾paw prints🐔chicken🐓rooster🐣hatching chick🐤baby chick🐦bird🐧penguin🕊️dove🦅eagle🦆duck🦢swan🦉owl🦜parrot🐸frog🐢turtle🐍snake🐉dragon🦖T-Rex🐋whale
🐬dolphin🐟fish🐠tropical fish🦈shark🐙octopus🦀crab🦞lobster🐌snail🦋butterfly🐛bug🐜ant🐝honeybee🕷️spider💐bouquet🌸cherry blossom🌹rose🌺hibiscus
🌻sunflower🌼blossom🌷tulip🌱seedling🌲evergreen tree🌳tree🌴palm tree🌵cactus🌿herb🍀four leaf clover🍁maple leaf🍂fallen leaf🍃fluttering leaf
🍄mushroom`,
  Food: `🍇grapes🍉watermelon🍊tangerine🍋lemon🍌banana🍍pineapple🥭mango🍎red apple🍏green apple🍐pear🍑peach🍒cherries🍓strawberry🥝kiwi🍅tomato
🥥coconut🥑avocado🍆eggplant🥔potato🥕carrot🌽corn🌶️hot pepper🥒cucumber🥦broccoli🧄garlic🧅onion🍞bread🥐croissant🥖baguette🥨pretzel🥞pancakes🧀cheese
🍗poultry leg🥓bacon🍔hamburger🍟french fries🍕pizza🌭hot dog🥪sandwich🌮taco🌯burrito🥚egg🍳cooking🥗green salad🍿popcorn🧂salt🍙rice ball🍛curry rice
🍜steaming bowl🍝spaghetti🍣sushi🥟dumpling🍦soft ice cream🍨ice cream🍩doughnut🍪cookie🎂birthday cake🍰shortcake🧁cupcake🥧pie🍫chocolate🍬candy
🍭lollipop🍯honey pot🥛milk☕hot beverage🍵teacup🍾bottle with popping cork🍷wine glass🍸cocktail glass🍹tropical drink🍺beer mug🍻clinking beer mugs
🥂clinking glasses🥤cup with straw🧋bubble tea🧊ice🍴fork and knife🥄spoon`,
  Travel: `🌍globe Africa🌎globe Americas🌏globe Asia🗺️world map🧭compass🏔️snowy mountain🌋volcano🏕️camping🏖️beach🏝️desert island🏠house
🏡house with garden🏥hospital🏦bank🏨hotel🏫school🗽Statue of Liberty⛪church⛺tent🌅sunrise🚂locomotive🚆train🚇metro🚌bus🚑ambulance🚒fire engine
🚓police car🚕taxi🚗car🚚delivery truck🏎️racing car🏍️motorcycle🛵scooter🚲bicycle🛹skateboard⛽fuel🚨police light🚦traffic light🛑stop sign
🚧construction⚓anchor⛵sailboat🚢ship✈️airplane🚁helicopter🚀rocket🛸flying saucer🧳luggage⏳hourglass⌚watch⏰alarm clock🌕full moon🌙crescent moon
☀️sun🌞sun with face⭐star🌟glowing star☁️cloud⛅sun behind cloud🌧️cloud with rain🌈rainbow☂️umbrella☔umbrella with rain⚡high voltage
❄️snowflake☃️snowman🔥fire💧droplet🌊water wave`,
  Activities: `🎃jack-o-lantern🎄Christmas tree🎆fireworks✨sparkles🎈balloon🎉party popper🎊confetti ball🎀ribbon🎁wrapped gift🎫ticket🏆trophy
🏅sports medal🥇first place medal🥈second place medal🥉third place medal⚽soccer ball⚾baseball🏀basketball🏐volleyball🏈american football🎾tennis
🎳bowling🏓ping pong🥊boxing glove⛳flag in hole🎿skis🎯bullseye🪄magic wand🎮video game🎲game die🧩puzzle piece🧸teddy bear♥️heart suit
🎭performing arts🎨artist palette🧵thread🧶yarn`,
  Objects: `👓glasses🕶️sunglasses👔necktie👕t-shirt🧥coat🧦socks👗dress👜handbag🛍️shopping bags🎒backpack👟running shoe👠high-heeled shoe👑crown
🎓graduation cap💄lipstick💍ring💎gem stone🔊speaker📣megaphone🔔bell🎵musical note🎶musical notes🎤microphone🎧headphone🎸guitar🎹musical keyboard
🎻violin🥁drum📱mobile phone☎️telephone📞receiver🔋battery💻laptop⌨️keyboard🎥movie camera🎬clapper board📺television📷camera📸camera flash
🔍magnifying glass🕯️candle💡light bulb📕closed book📖open book📗green book📘blue book📙orange book📚books📄page📰newspaper🏷️label🪙coin💰money bag
💵dollar💶euro💸money with wings💳credit card🧾receipt✉️envelope📧e-mail📦package✏️pencil🖊️pen📝memo💼briefcase📅calendar📈chart increasing
📉chart decreasing📊bar chart📋clipboard📌pushpin📎paperclip✂️scissors🗑️wastebasket🔒locked🔓unlocked🔑key🔨hammer🛠️hammer and wrench💣bomb🛡️shield
🔧wrench⚙️gear⚖️balance scale🔗link🧪test tube🧬dna💊pill🩺stethoscope🚪door🛏️bed🪑chair🚽toilet🚿shower🛁bathtub🧹broom🧼soap🛒shopping cart`,
  Symbols: `⚠️warning⛔no entry🚫prohibited⬆️up arrow➡️right arrow⬇️down arrow⬅️left arrow🔙BACK arrow🔜SOON arrow🔝TOP arrow☮️peace▶️play
⏸️pause✖️multiply➕plus➖minus➗divide♾️infinity❓question❗exclamation♻️recycling⭕circle✅check mark button✔️check❌cross©️copyright®️registered
™️trade mark🆒COOL🆓FREEℹ️information🆕NEW🆗OK🆘SOS🔴red circle🟠orange circle🟡yellow circle🟢green circle🔵blue circle🟣purple circle🟤brown circle
⚫black circle⚪white circle🟥red square🟧orange square🟨yellow square🟩green square🟦blue square🟪purple square`,
  Flags: `🏁chequered flag🚩triangular flag🏳️‍🌈rainbow flag🇧🇷flag Brazil🇨🇦flag Canada🇨🇳flag China🇩🇪flag Germany🇪🇸flag Spain
🇪🇺flag European Union🇫🇷flag France🇬🇧flag United Kingdom🇮🇳flag India🇮🇹flag Italy🇯🇵flag Japan🇺🇦flag Ukraine🇺🇸flag United States`,
};

// What else people call some of them: emoji, then words. Names and words are of letters, spaces, ' and - only.
export const synonyms = `😂lol haha🤣rofl😍🥰😘❤️💕love😀😃😄😁😊🙂happy smile😢😭😞🙁☹️sad👍ok yes agree like👎❌no dislike✅✔️👌done ok yes
🎉🎊🥳party congrats tada hooray🎁🎈🥳birthday present🙏thanks please pray👋hi hello bye😎cool😮😲🤯😱wow omg surprised😡😠🤬angry mad🤔hmm😅🥺😬sorry oops
👏🙌bravo applause💪strong muscle🔥lit hot💯perfect🤞🍀luck✌️peace😷🤒🤢🤮sick ill😴💤🥱sleep tired🤷dunno idk👀look see🤗🫂hug🤑💰💸money rich📱📞call phone
✉️📧mail💻computer💡idea⏰⏳time🍺🍻🥂🍷drink cheers☕🍵coffee tea😋🍕🍔hungry❓🆘help question✋🛑⛔stop🔍find📷photo picture🎵🎶music song📦🚚parcel order
🛒🛍️buy shop🏆🥇win🤫🤐secret quiet✈️🏖️trip holiday☀️🌧️weather🤪crazy🗑️delete bin⭐star`;
