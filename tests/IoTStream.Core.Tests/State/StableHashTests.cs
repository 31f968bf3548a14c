using IoTStream.State;

namespace IoTStream.Core.Tests.State;

/// <summary>Hashes decide which lane owns a key and, once it is stored, where its state is found again. They must never change.</summary>
[Parallelizable(ParallelScope.All)]
public class StableHashTests
{
    private static readonly string[] Pinned =
    [
        "Int32 0: 00000000",
        "Int32 1: 469913f8",
        "Int32 -1: 63f00d74",
        "Int32 -2147483648: 6448276a",
        "Int64 1: 469913f8",
        "Int64 -1: 461be887",
        "UInt64 18446744073709551615: 461be887",
        "Byte 200: afe41272",
        "SByte -3: 2db523da",
        "Int16 -3: 05d0c86d",
        "Char x: 89235cee",
        "Boolean True: 469913f8",
        "Small One: 469913f8",
        "DayOfWeek Friday: 080424e1",
        "String : 00000000",
        "String a: 838181a4",
        "String abc: 65377e99",
        "String abcd: bc529291",
        "String abcde: 8ef60232",
        "String sensor-17: 12f75e6c",
        "String Zürich: b373a89e",
        "String 路口\U0001F6A6: 1e093732",
        "Guid 00112233-4455-6677-8899-aabbccddeeff: e4f7f132",
        "DateTimeOffset 01/02/2026 03:04:05 +02:00: 7d3ee3ad",
        "TimeSpan 00:05:00: 1be3dfba",
        "DateOnly 01/02/2026: a284a56a",
        "TimeOnly 03:04: 31bca244",
        "ValueTuple`2 (1, a): 1e27dec3",
        "ValueTuple`2 (a, 1): 1ddfecf6",
        "ValueTuple`3 (1, 2, 3): 9d8c5145",
        "ValueTuple`3 (-1, One, True): 0de6913b",
        "ValueTuple`2 ((1, 2), b): d1ece3ff",
    ];

    private enum Small : byte
    {
        One = 1,
    }

    [Test]
    public void The_hashes_of_these_keys_are_pinned()
    {
        string[] actual =
        [
            Line(0), Line(1), Line(-1), Line(int.MinValue), Line(1L), Line(-1L), Line(ulong.MaxValue), Line((byte)200), Line((sbyte)-3), Line((short)-3),
            Line('x'), Line(true), Line(Small.One), Line(DayOfWeek.Friday),
            Line(""), Line("a"), Line("abc"), Line("abcd"), Line("abcde"), Line("sensor-17"), Line("Zürich"), Line("路口\U0001F6A6"),
            Line(new Guid("00112233-4455-6677-8899-aabbccddeeff")),
            Line(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.FromHours(2))), Line(TimeSpan.FromMinutes(5)),
            Line(new DateOnly(2026, 1, 2)), Line(new TimeOnly(3, 4)),
            Line((1, "a")), Line(("a", 1)), Line((1, 2, 3)), Line((-1, Small.One, true)), Line(((1, 2), "b")),
        ];

        actual.Should().Equal(Pinned);
    }

    [Test]
    public void Keys_that_are_equal_have_equal_hashes()
    {
        Hash(new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.FromHours(2))).Should().Be(Hash(new DateTimeOffset(2026, 1, 1, 10, 0, 0, TimeSpan.Zero)));
        Hash(new string(['a', 'b'])).Should().Be(Hash("ab"));
        Hash((1, "a")).Should().Be(Hash((1, new string('a', 1))));
    }

    [Test]
    public void Types_without_a_hash_that_is_the_same_everywhere_are_refused()
    {
        StableHash.For<double>().Should().BeNull();
        StableHash.For<DateTime>().Should().BeNull();
        StableHash.For<Version>().Should().BeNull();
        StableHash.For<(int, double)>().Should().BeNull();
        StableHash.For<(int, string)>().Should().NotBeNull();
    }

    [TestCase("sequence")]
    [TestCase("stride")]
    [TestCase("text")]
    [TestCase("pairs")]
    public void Usual_keys_spread_evenly_over_the_key_groups(string kind)
    {
        const int Keys = 128 * 100;
        var counts = new int[KeyGroups.Count];
        for (int i = 0; i < Keys; i++)
        {
            uint hash = kind switch
            {
                "sequence" => Hash(i),
                "stride" => Hash((long)i * 4096),
                "text" => Hash($"city/district-{i % 10}/road-{i}"),
                _ => Hash((i % 100, $"{i}")),
            };
            counts[KeyGroups.Of(hash)]++;
        }

        // A binomial count with mean 100 lies outside 50 to 150 once in two million.
        counts.Should().OnlyContain(count => count >= 50 && count <= 150);
    }

    [Test]
    public void Every_lane_owns_its_share_of_the_key_groups([Range(1, 128)] int lanes)
    {
        int[] owners = KeyGroups.Share(lanes);

        owners.Should().HaveCount(KeyGroups.Count).And.BeInAscendingOrder();
        int[] shares = [.. owners.CountBy(lane => lane).Select(share => share.Value)];
        shares.Should().HaveCount(lanes);
        (shares.Max() - shares.Min()).Should().BeLessThanOrEqualTo(1);
    }

    private static uint Hash<TKey>(TKey key)
        where TKey : notnull => StableHash.For<TKey>()!(key);

    private static string Line<TKey>(TKey key)
        where TKey : notnull => $"{typeof(TKey).Name} {key}: {Hash(key):x8}";
}
