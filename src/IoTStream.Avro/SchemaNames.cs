namespace IoTStream.Avro;

/// <summary>The rules of names: letters, digits and underscores, not beginning with a digit; full names are some of them with points between.</summary>
internal static class SchemaNames
{
    public static void Check(string name, string what)
    {
        bool isValid = name.Length > 0 && !char.IsAsciiDigit(name[0]);
        foreach (char character in name)
        {
            isValid &= char.IsAsciiLetterOrDigit(character) || character == '_';
        }

        if (!isValid)
        {
            throw new AvroSchemaException($"'{name}' is no name for {what}: letters, digits and underscores make one, and no digit begins it.");
        }
    }

    public static void CheckFull(string fullName, string what)
    {
        foreach (string part in fullName.Split('.'))
        {
            Check(part, what);
        }
    }

    /// <summary>A name, which may be full already, in a namespace; a point at the beginning puts it into none.</summary>
    public static string Full(string name, string space) => name switch
    {
        ['.', .. string alone] => alone,
        _ when name.Contains('.', StringComparison.Ordinal) || space.Length == 0 => name,
        _ => $"{space}.{name}",
    };
}
