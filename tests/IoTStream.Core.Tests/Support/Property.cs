using System.Globalization;
using FsCheck;
using FsCheck.Fluent;

namespace IoTStream.Core.Tests.Support;

/// <summary>
/// Checks a property on many random cases: as many as IOTSTREAM_TEST_CASES says, else 1,000. The cases are the same in each run unless
/// IOTSTREAM_TEST_SEED gives another seed ("random" for one that differs each time); a failure names its seed.
/// </summary>
internal static class Property
{
    private static readonly int Cases = int.Parse(Environment.GetEnvironmentVariable("IOTSTREAM_TEST_CASES") ?? "1000", CultureInfo.InvariantCulture);
    private static readonly string Seed = Environment.GetEnvironmentVariable("IOTSTREAM_TEST_SEED") ?? "20260101";

    /// <param name="generate">Draws a case.</param>
    /// <param name="property">Throws if it does not hold.</param>
    /// <param name="shrink">Simpler cases, to be tried when one fails.</param>
    /// <param name="share">By how much the number of cases is divided: for one of several properties that share them.</param>
    public static void Holds<T>(Func<Random, T> generate, Action<T> property, Func<T, IEnumerable<T>>? shrink = null, int share = 1)
    {
        Config config = Config.QuickThrowOnFailure.WithMaxTest(Math.Max(1, Cases / share));
        if (Seed != "random")
        {
            config = config.WithReplay(ulong.Parse(Seed, CultureInfo.InvariantCulture), 0x9E3779B97F4A7C15UL);
        }

        Gen<T> cases = Gen.Choose(0, int.MaxValue).Select(seed => generate(new Random(seed)));
        Check.One(config, Prop.ForAll(Arb.From(cases, shrink ?? (_ => [])), property));
    }
}
