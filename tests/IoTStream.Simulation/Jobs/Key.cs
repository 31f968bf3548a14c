using System.Globalization;

namespace IoTStream.Simulation.Jobs;

/// <summary>Keys of several types, and the number that each stands for.</summary>
internal static class Key
{
    public static string TextOf(int number) => string.Create(CultureInfo.InvariantCulture, $"key {number}");

    public static int NumberOf(int key) => key;

    public static int NumberOf(string key) => int.Parse(key.AsSpan(4), CultureInfo.InvariantCulture);

    public static int NumberOf(Place key) => key.Number;
}

/// <summary>A key that is kept as JSON.</summary>
internal sealed record Place(string Area, int Number)
{
    public static Place Of(int number) => new(number % 2 == 0 ? "even" : "odd", number);
}
