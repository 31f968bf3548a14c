using System.Runtime.CompilerServices;
using IoTStream.Core.Tests.Support;
using IoTStream.State;

namespace IoTStream.Core.Tests.State;

[Parallelizable(ParallelScope.All)]
public class PaneTableTests
{
    private const int Initial = 7;

    private enum Hashing
    {
        Good,
        AllEqual,
        HighBitsOnly,
        Negative,
    }

    [Test]
    public void It_is_a_dictionary_that_keeps_the_order_of_arrival_whatever_the_hash_codes() => Property.Holds(
        random =>
        {
            int span = random.Next(1, 120);
            int removal = random.Next(1, 8);
            return (
                Hashing: (Hashing)random.Next(4),
                Steps: Enumerable.Range(0, random.Next(200)).Select(_ => (Key: random.Next(span), Act: random.Next(random.Next(removal) == 0 ? 100 : 90))).ToArray());
        },
        input =>
        {
            var table = new PaneTable<Key, int>();
            var model = new Dictionary<Key, int>();
            var order = new List<Key>();
            foreach ((int number, int act) in input.Steps)
            {
                var key = new Key(number, input.Hashing);
                if (act == 99)
                {
                    table.Clear();
                    model.Clear();
                    order.Clear();
                }
                else if (act > 90 && order.Count > 0)
                {
                    table.RemoveLast();
                    model.Remove(order[^1]);
                    order.RemoveAt(order.Count - 1);
                }
                else if (act > 60)
                {
                    ref int found = ref table.TryGet(key);
                    Unsafe.IsNullRef(ref found).Should().Be(!model.TryGetValue(key, out int expected));
                    if (!Unsafe.IsNullRef(ref found))
                    {
                        found.Should().Be(expected);
                    }
                }
                else
                {
                    ref int accumulator = ref table.GetOrAdd(key, out bool isNew);
                    isNew.Should().Be(!model.ContainsKey(key));
                    accumulator = (isNew ? 0 : accumulator) + act;
                    model[key] = model.GetValueOrDefault(key) + act;
                    if (isNew)
                    {
                        order.Add(key);
                    }
                }
            }

            table.Count.Should().Be(model.Count);
            table.Entries.ToArray().Select(entry => (entry.Key, entry.Accumulator)).Should().Equal(order.Select(key => (key, model[key])));
        });

    [Test]
    public void Keys_find_their_places_together_as_they_do_one_by_one([Values] bool plain) => Property.Holds(
        random => (
            Hashing: plain ? Hashing.Good : (Hashing)random.Next(4),
            Rounds: Enumerable.Range(0, random.Next(1, 8)).Select(_ => (
                Act: random.Next(5),
                Keys: Enumerable.Range(0, random.Next(random.Next(1, 150))).Select(_ => random.Next(random.Next(1, 200))).ToArray())).ToArray()),
        input =>
        {
            if (plain)
            {
                FindPlaces(input.Rounds, number => number);
            }
            else
            {
                FindPlaces(input.Rounds, number => new Key(number, input.Hashing));
            }
        });

    private static void FindPlaces<TKey>((int Act, int[] Keys)[] rounds, Func<int, TKey> keyOf)
        where TKey : struct
    {
        var table = new PaneTable<TKey, int>();
        var order = new List<TKey>();
        var sums = new List<int>();
        foreach ((int act, int[] numbers) in rounds)
        {
            TKey[] keys = [.. numbers.Select(keyOf)];
            switch (act)
            {
                case 0:
                    table.Clear();
                    order.Clear();
                    sums.Clear();
                    break;
                case 1:
                    int remain = Math.Max(0, order.Count - keys.Length);
                    table.RemoveFrom(remain);
                    order.RemoveRange(remain, order.Count - remain);
                    sums.RemoveRange(remain, sums.Count - remain);
                    break;
                case 2:
                    table.ForgetChanges();
                    foreach (TKey key in keys)
                    {
                        table.GetOrAdd(key, out bool isNew) = 5;
                        int known = order.IndexOf(key);
                        isNew.Should().Be(known < 0);
                        if (isNew)
                        {
                            order.Add(key);
                            sums.Add(5);
                        }
                        else
                        {
                            sums[known] = 5;
                        }
                    }

                    break;
                default:
                    int[] places = new int[keys.Length + 1];
                    table.ForgetChanges();
                    table.GetOrAddPlaces(keys, places, Initial);
                    for (int i = 0; i < keys.Length; i++)
                    {
                        if (!order.Contains(keys[i]))
                        {
                            order.Add(keys[i]);
                            sums.Add(Initial);
                        }

                        places[i].Should().Be(order.IndexOf(keys[i]));
                        sums[places[i]] += i;
                        table.At(places[i]) += i;
                    }

                    table.Changed.ToArray().Should().Equal(order.Select(key => (byte)(keys.Contains(key) ? 1 : 0)));
                    break;
            }
        }

        table.Entries.ToArray().Select(entry => (entry.Key, entry.Accumulator)).Should().Equal(order.Zip(sums));
        order.Where(key => table.FindPlace(key) != order.IndexOf(key)).Should().BeEmpty();
    }

    [Test]
    public void A_new_key_finds_its_accumulator_empty_after_the_table_was_cleared()
    {
        var table = new PaneTable<string, List<int>?>();
        table.GetOrAdd("a", out _) = [1];
        table.Clear();

        ref List<int>? accumulator = ref table.GetOrAdd("a", out bool isNew);

        isNew.Should().BeTrue();
        accumulator.Should().BeNull();
    }

    private readonly record struct Key(int Number, Hashing Hashing)
    {
        public override int GetHashCode() => Hashing switch
        {
            Hashing.AllEqual => 42,
            Hashing.HighBitsOnly => Number << 24,
            Hashing.Negative => -Number,
            _ => Number,
        };
    }
}
