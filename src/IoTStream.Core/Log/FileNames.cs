namespace IoTStream.Log;

/// <summary>Names that users give and that become names of files.</summary>
internal static class FileNames
{
    /// <exception cref="ArgumentException">The name could mean another directory, or differs from file system to file system.</exception>
    public static void Check(string name, string what)
    {
        if (string.IsNullOrWhiteSpace(name)
            || name.Length > 200
            || name[0] == '.'
            || !name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.'))
        {
            throw new ArgumentException(
                $"'{name}' is no name of a {what}: use up to 200 letters, digits, '-', '_' and '.', and begin with no dot.", nameof(name));
        }
    }
}
