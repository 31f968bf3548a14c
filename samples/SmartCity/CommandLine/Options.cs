using System.CommandLine;
using System.Globalization;
using System.Numerics;

namespace SmartCity.CommandLine;

/// <summary>Makes options whose error messages say what to write instead.</summary>
internal static class Options
{
    /// <summary>An option whose value is read by a function that returns false if it cannot be.</summary>
    public delegate bool Reader<T>(string text, out T value);

    public static Option<T> Create<T>(string name, string description, string valueName, Reader<T> read, string expected, Func<T>? defaultValue = null)
    {
        var option = new Option<T>(name)
        {
            Description = description,
            HelpName = valueName,
            CustomParser = argument =>
            {
                string text = argument.Tokens[0].Value;
                if (!read(text, out T value))
                {
                    argument.AddError($"{name} is '{text}'. Give {expected}.");
                }

                return value;
            },
        };
        if (defaultValue is not null)
        {
            option.DefaultValueFactory = _ => defaultValue();
        }

        return option;
    }

    public static Option<T> Number<T>(string name, string description, string valueName, T defaultValue, T least, T most, string expected)
        where T : struct, INumber<T>
    {
        return Create(name, description, valueName, (Reader<T>)Read, expected, () => defaultValue);

        bool Read(string text, out T value) =>
            T.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value) && value >= least && value <= most;
    }
}
